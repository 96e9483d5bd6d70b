"""The database: engine, sessions, tables, migrations."""
