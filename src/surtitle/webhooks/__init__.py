"""Webhooks: a project's events, told to servers that the project names."""
