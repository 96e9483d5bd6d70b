"""Databases with all tables in them, copied and not migrated each time: it takes a fifth of a second."""

import tempfile
from pathlib import Path

from sqlalchemy import make_url

from surtitle.db import migrate
from surtitle.db.engine import Database

_template = b""


async def with_tables(database: Database) -> None:
    """What `migrate.upgrade` does to a new database. Nothing may have used it before."""
    file = make_url(database.url).database
    if not database.is_sqlite or file is None or Path(file).exists():
        await migrate.upgrade(database)
        return
    Path(file).write_bytes(await _migrated())


async def _migrated() -> bytes:
    global _template  # noqa: PLW0603 - made once a test run
    if not _template:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "template.db"
            database = Database(f"sqlite+aiosqlite:///{file}")
            await migrate.upgrade(database)
            await database.close()
            _template = file.read_bytes()
    return _template
