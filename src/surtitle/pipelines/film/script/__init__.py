"""From a prompt to a script: what is seen in each scene, and what is said to it."""
