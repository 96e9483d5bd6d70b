"""The rows of fetches as workers hold them: claimed with a fence, kept with a lease."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Update, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import FetchSettings
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.db.models import Media
from surtitle.db.time import epoch_now
from surtitle.media.fetching.errors import FetchEnded
from surtitle.media.fetching.states import FetchState

LEASE_SECONDS = 30.0
BEAT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A fetch that this worker does now."""

    fetch_id: UUID
    fence: int
    project_id: UUID
    created_by: UUID | None
    url_sealed: str
    name: str | None
    from_site: bool
    tries: int
    received_bytes: int
    spent_seconds: float


class Claims:
    """Hands fetches out; of many workers, one gets each."""

    def __init__(self, database: Database, settings: FetchSettings) -> None:
        self._database = database
        self._settings = settings

    async def any(self) -> bool:
        async with self._database.reading() as session:
            return bool(await session.scalar(select(exists().where(*_is_due()))))

    async def next(self) -> Claim | None:
        """The one that waits longest, of a project that has not as many under way as it may."""
        busy = (
            select(Fetch.project_id)
            .where(Fetch.finished_at.is_(None), Fetch.lease_until_epoch >= epoch_now())
            .group_by(Fetch.project_id)
            .having(func.count() >= self._settings.of_project_at_once)
        )
        chosen = (
            select(Fetch.id)
            .where(*_is_due(), Fetch.project_id.not_in(busy))
            .order_by(Fetch.run_at_epoch, Fetch.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taken = (
            update(Fetch)
            .where(Fetch.id == chosen, *_is_due())
            .values(
                state=FetchState.RUNNING,
                fence=Fetch.fence + 1,
                lease_until_epoch=epoch_now() + LEASE_SECONDS,
            )
            .returning(Fetch)
            .execution_options(synchronize_session=False)
        )
        async with self._database.writing() as session:
            row = (await session.scalars(taken)).one_or_none()
        if row is None or row.url_sealed is None:
            return None
        return Claim(
            row.id, row.fence, row.project_id, row.created_by, row.url_sealed, row.name, row.from_site,
            row.tries, row.received_bytes, row.spent_seconds,
        )  # fmt: skip

    async def beat(self, claim: Claim, received: int, total: int | None, spent_seconds: float) -> bool:
        """Still here, and so far; whether the fetch is still ours."""
        async with self._database.writing() as session:
            held = await session.scalar(
                _held(claim)
                .values(
                    lease_until_epoch=epoch_now() + LEASE_SECONDS,
                    received_bytes=received,
                    total_bytes=total,
                    spent_seconds=spent_seconds,
                )
                .returning(Fetch.id)
            )
        return held is not None

    async def succeed(self, session: AsyncSession, claim: Claim, media: Media) -> None:
        """In the transaction that makes the recording. Raises `FetchEnded` for one that is ours no more."""
        ended = await session.scalar(
            _held(claim)
            .values(
                state=FetchState.SUCCEEDED, media_id=media.id, received_bytes=media.size_bytes,
                total_bytes=media.size_bytes, **_ended(),
            )
            .returning(Fetch.id)
        )  # fmt: skip
        if ended is None:
            raise FetchEnded(claim.fetch_id)

    async def fail(self, claim: Claim, kind: str, why: str) -> None:
        async with self._database.writing() as session:
            failed = {"state": FetchState.FAILED, "error_kind": kind, "error": why}
            await session.execute(_held(claim).values(**failed, **_ended()))

    async def put_off(self, claim: Claim, tries: int, wait_seconds: float) -> None:
        """It is tried again later."""
        async with self._database.writing() as session:
            await session.execute(
                _held(claim).values(
                    state=FetchState.WAITING,
                    tries=tries,
                    run_at_epoch=epoch_now() + wait_seconds,
                    lease_until_epoch=None,
                )
            )


def _is_due() -> tuple[ColumnElement[bool], ...]:
    return (
        Fetch.finished_at.is_(None),
        Fetch.run_at_epoch <= epoch_now(),
        or_(Fetch.lease_until_epoch.is_(None), Fetch.lease_until_epoch < epoch_now()),
    )


def _held(claim: Claim) -> Update:
    return update(Fetch).where(
        Fetch.id == claim.fetch_id, Fetch.fence == claim.fence, Fetch.finished_at.is_(None)
    )


def _ended() -> dict[str, object]:
    """The address may open its file to whoever reads it: it goes as soon as nobody needs it."""
    return {"finished_at": utc_now(), "url_sealed": None, "lease_until_epoch": None}
