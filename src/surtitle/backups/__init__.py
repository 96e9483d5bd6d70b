"""Backups of the database and the files together, and their way back."""
