"""How parts of a job end with it: nobody goes on hearing for a job that has ended, and nothing is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Discarded
from surtitle.domain.jobs import FINISHED, JobState
from surtitle.hub import Hub, job_topic
from surtitle.storage import ObjectStore

_ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)


def folder_of(job_id: UUID, parent_id: UUID | None) -> str:
    """Where a job's files lie. Those of a part lie with its whole, so that they go with it."""
    return f"jobs/{job_id}" if parent_id is None else f"jobs/{parent_id}/parts/{job_id}"


async def end_parts(session: AsyncSession, job_id: UUID) -> None:
    """In the transaction that ends a job: its parts that wait end too, those that run are told to stop. What
    others have heard of it stays, for the case that it runs again; sound that was laid out for them goes.
    """
    await _stop(session, Job.parent_id == job_id)
    await _discard(session, and_(Artifact.job_id == job_id, Artifact.kind == "part"))


async def forget_failed_parts(session: AsyncSession, job_id: UUID) -> None:
    """In the transaction that runs a job again: its parts that failed or were stopped are new again."""
    await _remove(session, and_(Job.parent_id == job_id, Job.state.in_(_ENDED_BADLY)))


async def remove_parts(session: AsyncSession, job_id: UUID) -> None:
    """In the transaction that deletes a job. A part that still runs is told to stop; a `PartSweeper` takes
    it when it has.
    """
    await end_parts(session, job_id)
    await _remove(session, and_(Job.parent_id == job_id, Job.state.in_(FINISHED)))


async def remove_part(session: AsyncSession, part_id: UUID) -> None:
    """A part, with all that it made."""
    await _remove(session, Job.id == part_id)


@dataclass(frozen=True, slots=True)
class _Left:
    id: UUID
    parent_id: UUID | None
    state: str


class PartSweeper:
    """Finds the parts of jobs that have ended or are gone, however that came, and ends and removes them."""

    def __init__(self, database: Database, store: ObjectStore, hub: Hub) -> None:
        self._database = database
        self._store = store
        self._hub = hub

    async def needed(self) -> bool:
        """Whether there is any part at all."""
        async with self._database.reading() as session:
            return await session.scalar(select(Job.id).where(Job.parent_id.is_not(None)).limit(1)) is not None

    async def sweep(self) -> int:
        """How many parts were stopped or removed."""
        left = await self._left()
        for part in left:
            if JobState(part.state).finished:
                await self._take(part)
            else:
                await self._stop(part)
        return len(left)

    async def _left(self) -> Sequence[_Left]:
        whole = aliased(Job)
        # The whole may run again, and then goes on with what this part has heard.
        wanted = and_(Job.state == JobState.SUCCEEDED, func.coalesce(whole.state.in_(_ENDED_BADLY), false()))
        async with self._database.reading() as session:
            rows = await session.execute(
                select(Job.id, Job.parent_id, Job.state)
                .outerjoin(whole, whole.id == Job.parent_id)
                .where(
                    Job.parent_id.is_not(None), or_(whole.id.is_(None), whole.state.in_(FINISHED)), ~wanted
                )
            )
            return [_Left(*row) for row in rows]

    async def _stop(self, part: _Left) -> None:
        async with self._database.writing() as session:
            await _stop(session, Job.id == part.id)
        self._hub.wake(job_topic(part.id))

    async def _take(self, part: _Left) -> None:
        # The files first: a row that is gone could tell nobody of them. A run that had lost its lease may
        # have left some that no row names.
        async for key in self._store.keys(folder_of(part.id, part.parent_id)):
            await self._store.delete(key)
        async with self._database.writing() as session:
            await remove_part(session, part.id)


async def _stop(session: AsyncSession, which: ColumnElement[bool]) -> None:
    await session.execute(
        update(Job)
        .where(which, Job.state == JobState.QUEUED)
        .values(state=JobState.CANCELLED, finished_at=utc_now())
    )
    await session.execute(
        update(Job).where(which, Job.state == JobState.RUNNING).values(cancel_requested=True)
    )


async def _remove(session: AsyncSession, which: ColumnElement[bool]) -> None:
    # Steps and events go with the row, by their foreign keys.
    part_ids = (await session.scalars(select(Job.id).where(which))).all()
    await _discard(session, Artifact.job_id.in_(part_ids))
    await session.execute(delete(Job).where(Job.id.in_(part_ids)))


async def _discard(session: AsyncSession, which: ColumnElement[bool]) -> None:
    keys = await session.scalars(delete(Artifact).where(which).returning(Artifact.object_key))
    session.add_all([Discarded(object_key=key) for key in keys.all()])
