"""Surtitle's own routes, under `/api` and at the top for operation."""
