"""Figures of each day and project: defined once, computed by DuckDB, PostgreSQL or Spark."""
