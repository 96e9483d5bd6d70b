"""Fetches as things that are erased."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update

from surtitle.accounts.erasable import Scope, Tally
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.media.fetching.service import cancelling


class FetchErasing:
    """The `Erasable` of recordings on their way here. It goes before that of recordings: what a worker is at
    then ends without one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def erase(self, scope: Scope, tally: Tally) -> None:
        going = _going(scope)
        async with self._database.writing() as session:
            await session.execute(cancelling(going))
            gone = await session.scalars(delete(Fetch).where(going).returning(Fetch.id))
            await tally(session, "fetches", len(gone.all()))

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        async with self._database.writing() as session:
            changed = await session.scalars(
                update(Fetch).where(Fetch.created_by == user_id).values(created_by=None).returning(Fetch.id)
            )
            await tally(session, "fetches without a name", len(changed.all()))

    async def found(self, scope: Scope) -> Mapping[str, int]:
        async with self._database.reading() as session:
            query = select(func.count()).select_from(Fetch).where(_going(scope))
            return {"fetches": await session.scalar(query) or 0}


def _going(scope: Scope) -> ColumnElement[bool]:
    if scope.user_id is not None:
        return Fetch.created_by == scope.user_id
    return Fetch.project_id == scope.project_id
