"""Jobs as things that are erased: first their work stops, then they go with all that they made."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.erasable import Scope, StillAtWork, Tally
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, Turn
from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.jobs import FINISHED
from surtitle.errors import Conflict, NotFound
from surtitle.jobs.film_media import unfinished_films_with
from surtitle.jobs.filters import WHOLE
from surtitle.jobs.service import JobService
from surtitle.storage import ObjectStore

_BATCH = 200
_UNFINISHED = Job.state.not_in(FINISHED)


class WorkErasing:
    """The `Erasable` that comes before all others: nothing is taken from under a job that runs.

    Work of others with a person's recordings, pictures or texts is cancelled too.
    """

    def __init__(self, database: Database, jobs: JobService) -> None:
        self._database = database
        self._jobs = jobs

    async def erase(self, scope: Scope, tally: Tally) -> None:
        for project_id, job_id in await self._unfinished(scope):
            with suppress(Conflict, NotFound):
                await self._jobs.cancel(project_id, job_id)
        if left := await self._unfinished(scope):
            raise StillAtWork(f"Job {left[0][1]}")

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        """Work goes on: nobody's name is on its result."""

    async def found(self, scope: Scope) -> Mapping[str, int]:
        return {}

    async def _unfinished(self, scope: Scope) -> Sequence[tuple[UUID, UUID]]:
        theirs = _in_scope(scope)
        if scope.user_id is not None:
            media = select(Media.id).where(Media.created_by == scope.user_id)
            texts = select(StoredTranscript.id).where(StoredTranscript.created_by == scope.user_id)
            theirs = or_(theirs, Job.media_id.in_(media), Job.transcript_id.in_(texts))
        async with self._database.reading() as session:
            rows = await session.execute(select(Job.project_id, Job.id).where(_UNFINISHED, theirs))
            found = [(project_id, job_id) for project_id, job_id in rows]
            if scope.user_id is not None:
                found += await unfinished_films_with(session, scope.user_id)
        return list(dict.fromkeys(found))


class JobErasing:
    """The `Erasable` of jobs, their steps, events and files."""

    def __init__(self, database: Database, store: ObjectStore, jobs: JobService) -> None:
        self._database = database
        self._store = store
        self._jobs = jobs

    async def erase(self, scope: Scope, tally: Tally) -> None:
        async for project_id, job_id in self._jobs_in(scope):
            # What a deletion that died half-way has left can still be found by the row.
            async for key in self._store.keys(f"jobs/{job_id}"):
                await self._store.delete(key)
            with suppress(Conflict, NotFound):
                await self._jobs.delete(project_id, job_id, partial(_count, job_id, tally))
        if (await self.found(scope))["jobs"] or await self._has_parts(scope):
            raise StillAtWork("A job")
        await self._forget_turns(scope)

    async def _has_parts(self, scope: Scope) -> bool:
        """Whether a part is left whose whole is gone: a `PartSweeper` comes for it soon."""
        async with self._database.reading() as session:
            left = select(Job.id).where(_in_scope(scope), Job.parent_id.is_not(None)).limit(1)
            return await session.scalar(left) is not None

    async def _forget_turns(self, scope: Scope) -> None:
        """A project without jobs stands in no queue."""
        async with self._database.writing() as session:
            await session.execute(delete(Turn).where(Turn.project_id == scope.project_id))

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        async with self._database.writing() as session:
            changed = await session.scalars(
                update(Job).where(Job.created_by == user_id).values(created_by=None).returning(Job.id)
            )
            await tally(session, "jobs without a name", len(changed.all()))

    async def found(self, scope: Scope) -> Mapping[str, int]:
        async with self._database.reading() as session:
            jobs = await session.scalar(select(func.count()).select_from(Job).where(*_going(scope)))
            files = await session.scalar(
                select(func.count()).select_from(Artifact).join(Job).where(*_going(scope))
            )
        return {"jobs": jobs or 0, "files": files or 0}

    async def _jobs_in(self, scope: Scope) -> AsyncIterator[tuple[UUID, UUID]]:
        """Project and id, a batch at a time: no session is open while one is deleted."""
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(Job.project_id, Job.id).where(*_going(scope), Job.id > after)
                rows = (await session.execute(query.order_by(Job.id).limit(_BATCH))).all()
            for project_id, job_id in rows:
                after = job_id
                yield project_id, job_id
            if len(rows) < _BATCH:
                return


def _in_scope(scope: Scope) -> ColumnElement[bool]:
    if scope.user_id is not None:
        return Job.created_by == scope.user_id
    return Job.project_id == scope.project_id if scope.project_id is not None else false()


def _going(scope: Scope) -> Sequence[ColumnElement[bool]]:
    return [_in_scope(scope), WHOLE]


async def _count(job_id: UUID, tally: Tally, session: AsyncSession) -> None:
    files = await session.scalar(select(func.count()).select_from(Artifact).where(Artifact.job_id == job_id))
    await tally(session, "jobs")
    await tally(session, "files", files or 0)
