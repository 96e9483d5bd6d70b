"""The work of each step, and the runner that joins steps to recipes."""
