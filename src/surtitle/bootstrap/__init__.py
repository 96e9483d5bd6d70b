"""Builds processes from parts: the server, the worker, and both at once for a command."""
