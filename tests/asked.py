"""What the database is asked while something is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from surtitle.db.engine import Database


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """Those that only read, in their order."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    engine = database._readers.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)
