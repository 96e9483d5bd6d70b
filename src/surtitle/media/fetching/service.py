"""What every surface may ask about fetches: begin, look at, cancel."""

import hashlib
import importlib.util
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Update, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.config import FetchSettings, OutgoingSettings
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.db.locks import hold
from surtitle.db.models import IdempotencyKey
from surtitle.db.repeats import Repeatable
from surtitle.domain.web_addresses import origin_of
from surtitle.ids import new_id
from surtitle.media.fetching.errors import FetchesOff, FetchNotFound, SitesOff, TooManyFetches
from surtitle.media.fetching.states import UNFINISHED, FetchState
from surtitle.media.names import safe_name
from surtitle.outgoing.client import Outgoing
from surtitle.outgoing.errors import TargetAway
from surtitle.paging import Page, decode_cursor, encode_cursor

SEALED_AS = "fetched URL"
SCOPE = "fetches"
KEPT = timedelta(days=30)
"""How long one can ask what became of a fetch."""


@dataclass(frozen=True, slots=True)
class FetchWish:
    """`name` None: as the server of the URL calls it."""

    url: str
    name: str | None = None
    from_site: bool = False

    @property
    def digest(self) -> str:
        told = "\n".join((self.url, self.name or "", str(self.from_site)))
        return hashlib.sha256(told.encode()).hexdigest()


class Fetches:
    """Fetches of all projects; every method names the project."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        outgoing: Outgoing,
        settings: FetchSettings,
        way_out: OutgoingSettings,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._outgoing = outgoing
        self._settings = settings
        self._way_out = way_out

    async def create(
        self,
        project_id: UUID,
        wish: FetchWish,
        *,
        idempotency_key: str | None = None,
        created_by: UUID | None = None,
    ) -> Fetch:
        """Write down that it is to be fetched. A repeat with the same key gives the same fetch.

        Raises `FetchesOff`, `SitesOff`, `TargetRefused`, `TooManyFetches`, `KeyReused`.
        """
        self._require_on(wish)
        # A name that nobody knows from here may be one that the workers know.
        with suppress(TargetAway):
            await self._outgoing.guard.placed(wish.url)
        fetch = Fetch(
            id=new_id(),
            project_id=project_id,
            created_by=created_by,
            origin=(origin_of(wish.url) or "")[:300],
            url_sealed=self._secrets.seal(SEALED_AS, wish.url),
            name=safe_name(wish.name) if wish.name else None,
            from_site=wish.from_site,
            state=FetchState.WAITING,
        )
        async with self._database.writing() as session:
            await hold(session, SCOPE, project_id)
            if idempotency_key is not None:
                request = Repeatable(project_id, SCOPE, idempotency_key, wish.digest)
                if (known_id := await request.made(session)) is not None:
                    return await _found(session, project_id, known_id)
                request.remember(session, fetch.id)
            await self._require_room(session, project_id)
            session.add(fetch)
        return fetch

    async def get(self, project_id: UUID, fetch_id: UUID) -> Fetch:
        """Raises `FetchNotFound`."""
        async with self._database.reading() as session:
            return await _found(session, project_id, fetch_id)

    async def list(self, project_id: UUID, cursor: str | None, limit: int) -> Page[Fetch]:
        """The newest first."""
        query = select(Fetch).where(Fetch.project_id == project_id)
        if cursor:
            query = query.where(Fetch.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            found = (await session.scalars(query.order_by(Fetch.id.desc()).limit(limit + 1))).all()
        shown = found[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(found) > limit else None)

    async def cancel(self, project_id: UUID, fetch_id: UUID) -> Fetch:
        """Give it up: a worker that is at it stops within seconds. One that has ended stays as it is."""
        async with self._database.writing() as session:
            await _found(session, project_id, fetch_id)
            await session.execute(cancelling(Fetch.id == fetch_id))
        return await self.get(project_id, fetch_id)

    async def forget(self) -> int:
        """Drop what ended so long ago that nobody asks for it; how many."""
        async with self._database.writing() as session:
            gone = await session.scalars(
                delete(Fetch).where(Fetch.finished_at < utc_now() - KEPT).returning(Fetch.id)
            )
            ids = gone.all()
            await session.execute(
                delete(IdempotencyKey).where(IdempotencyKey.scope == SCOPE, IdempotencyKey.object_id.in_(ids))
            )
        return len(ids)

    def _require_on(self, wish: FetchWish) -> None:
        if not self._settings.enabled:
            raise FetchesOff
        if wish.from_site and (why := self._no_sites()):
            raise SitesOff(why)

    def _no_sites(self) -> str | None:
        if not self._settings.sites:
            return "who runs it can set SURTITLE_FETCH__SITES."
        if importlib.util.find_spec("yt_dlp") is None:
            return 'yt-dlp is not installed: pip install "surtitle[fetch]".'
        if self._way_out.proxy is not None:
            return "SURTITLE_OUTGOING__PROXY is set, and yt-dlp's requests cannot be checked behind a proxy."
        return None

    async def _require_room(self, session: AsyncSession, project_id: UUID) -> None:
        unfinished = (Fetch.project_id == project_id, Fetch.finished_at.is_(None))
        count = await session.scalar(select(func.count()).select_from(Fetch).where(*unfinished)) or 0
        if count >= self._settings.most_waiting:
            raise TooManyFetches(count)


def cancelling(*which: ColumnElement[bool]) -> Update:
    """The statement that ends those of them which have not ended; whoever is at one finds its fence gone."""
    return (
        update(Fetch)
        .where(*which, Fetch.state.in_(UNFINISHED))
        .values(
            state=FetchState.CANCELLED,
            finished_at=utc_now(),
            url_sealed=None,
            lease_until_epoch=None,
            fence=Fetch.fence + 1,
        )
        .execution_options(synchronize_session=False)
    )


async def _found(session: AsyncSession, project_id: UUID, fetch_id: UUID) -> Fetch:
    fetch = await session.scalar(select(Fetch).where(Fetch.id == fetch_id, Fetch.project_id == project_id))
    if fetch is None:
        raise FetchNotFound(fetch_id)
    return fetch
