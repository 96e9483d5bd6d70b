"""Models behind protocols, found by entry points, run in a child process of their own."""
