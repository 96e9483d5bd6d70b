"""Alembic's entry: runs on the connection that `db.migrate` hands over."""

from alembic import context

from surtitle.db.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    # SQLite alters tables by copying them.
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
