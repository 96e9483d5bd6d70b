"""The index as a thing that is erased. Its rows go with their transcripts; what SQLite's full-text index
remembers of deleted words goes here.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text

from surtitle.accounts.erasable import Scope, Tally
from surtitle.db.engine import Database


class SearchErasing:
    """The `Erasable` of the index; it comes after that of transcripts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, scope: Scope, tally: Tally) -> None:
        if not self._database.is_sqlite:
            return
        async with self._database.reading() as session:
            segments = await session.scalar(text("SELECT count(DISTINCT segid) FROM search_terms_idx"))
        if not segments or segments == 1:
            return
        async with self._database.writing() as session:
            # Deleted words stay in its segments until they are merged, and SQLite before 3.42 knows no other
            # way (https://sqlite.org/fts5.html#the_optimize_command).
            await session.execute(text("INSERT INTO search_terms(search_terms) VALUES ('optimize')"))

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        """Nobody's name stands in the index but in what was said."""

    async def found(self, scope: Scope) -> Mapping[str, int]:
        """None: moments are counted with their transcripts."""
        return {}
