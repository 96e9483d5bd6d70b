"""Jobs that ended long ago, and files of them that are kept for a shorter time: what goes by age."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.ageing import AgeTally, Going
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.db.models import Discarded
from surtitle.domain.jobs import FINISHED, JobState, StepState
from surtitle.domain.keeping import FILE_KINDS, RESULT_FILES, KeepingPlan, KeptKind
from surtitle.errors import Conflict, NotFound
from surtitle.jobs.events import forget_text
from surtitle.jobs.filters import WHOLE
from surtitle.jobs.part_endings import remove_parts
from surtitle.jobs.service import JobService
from surtitle.media.repository import MediaRepository
from surtitle.storage import ObjectStore

_BATCH = 200
_RESULT = "result"


@dataclass(frozen=True, slots=True)
class _File:
    id: UUID
    job_id: UUID
    name: str
    object_key: str
    size_bytes: int


class JobAgeing:
    """The `Ageing` of jobs. A job counts from its end, and one that was never started from its beginning. One
    that has something which is kept longer stays, with that alone. Files go only from jobs that have ended.
    """

    def __init__(self, database: Database, store: ObjectStore, jobs: JobService) -> None:
        self._database = database
        self._store = store
        self._jobs = jobs

    async def going(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[Going]:
        whole = _whole_jobs(project_id, plan)
        async for job in self._jobs_in(whole):
            yield Going("jobs", job, "")
            async for file in self._files(Artifact.job_id == job):
                yield _going(file)
        # As it is when those are gone.
        stays = Job.id.not_in(select(Job.id).where(whole))
        for condition in _file_conditions(project_id, plan).values():
            async for file in self._files(and_(condition, stays)):
                yield _going(file)

    async def clear(self, project_id: UUID, plan: KeepingPlan, tally: AgeTally) -> None:
        async for job_id in self._jobs_in(_whole_jobs(project_id, plan)):
            with suppress(Conflict, NotFound):
                await self._jobs.delete(project_id, job_id, partial(_count, job_id, tally))
        for kind, condition in _file_conditions(project_id, plan).items():
            async for files in self._files_by_job(condition):
                await self._drop(files, kind, condition, tally)

    async def _drop(
        self, files: Sequence[_File], kind: KeptKind, condition: ColumnElement[bool], tally: AgeTally
    ) -> None:
        """Files of one job, asked for again while the job is held: somebody may have begun it again."""
        async with self._database.writing() as session:
            job = await session.get(Job, files[0].job_id, with_for_update=True)
            if job is None:
                return
            still = (
                select(Artifact.id).join(Job).where(Artifact.id.in_([file.id for file in files]), condition)
            )
            ids = (await session.scalars(still)).all()
            if not ids:
                return
            await session.execute(delete(Artifact).where(Artifact.id.in_(ids)))
            gone = [file for file in files if file.id in ids]
            keys = [file.object_key for file in gone]
            session.add_all([Discarded(object_key=key) for key in keys])
            await _forget_steps(session, job, kind)
            if kind is KeptKind.WORKING_FILE:
                # What others heard of it goes too: the layout in which those parts had a place is gone.
                await remove_parts(session, job.id)
            await tally(session, "files", len(gone), sum(file.size_bytes for file in gone))
        for key in keys:
            await self._store.delete(key)
        async with self._database.writing() as session:
            await MediaRepository(session).forget_keys(keys)

    async def _jobs_in(self, which: ColumnElement[bool]) -> AsyncIterator[UUID]:
        """A batch at a time: no session is open while one is deleted."""
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(Job.id).where(which, Job.id > after).order_by(Job.id).limit(_BATCH)
                ids = (await session.scalars(query)).all()
            for after in ids:
                yield after
            if len(ids) < _BATCH:
                return

    async def _files(self, which: ColumnElement[bool]) -> AsyncIterator[_File]:
        """In the order of their jobs, a batch at a time."""
        place = (UUID(int=0), UUID(int=0))
        columns = (Artifact.id, Artifact.job_id, Artifact.name, Artifact.object_key, Artifact.size_bytes)
        while True:
            later = or_(Artifact.job_id > place[0], and_(Artifact.job_id == place[0], Artifact.id > place[1]))
            async with self._database.reading() as session:
                query = select(*columns).join(Job).where(which, later)
                rows = await session.execute(query.order_by(Artifact.job_id, Artifact.id).limit(_BATCH))
                files = [_File(*row) for row in rows]
            for file in files:
                place = (file.job_id, file.id)
                yield file
            if len(files) < _BATCH:
                return

    async def _files_by_job(self, which: ColumnElement[bool]) -> AsyncIterator[Sequence[_File]]:
        together: list[_File] = []
        async for file in self._files(which):
            if together and file.job_id != together[0].job_id:
                yield together
                together = []
            together.append(file)
        if together:
            yield together


def _going(file: _File) -> Going:
    return Going("files", file.id, f"{file.job_id}/{file.name}", file.size_bytes)


def _whole_jobs(project_id: UUID, plan: KeepingPlan) -> ColumnElement[bool]:
    before = plan.before.get(KeptKind.EVERYTHING)
    if before is None:
        return Job.id.in_(())
    waits = and_(Job.state == JobState.CREATED, Job.created_at < before)
    ended = and_(Job.state.in_(FINISHED), Job.finished_at < before)
    spared = [~_has_files(kind, plan.of(kind)) for kind in FILE_KINDS if plan.kept_longer(kind)]
    return and_(Job.project_id == project_id, WHOLE, or_(waits, ended), *spared)


def _has_files(kind: KeptKind, until: object) -> ColumnElement[bool]:
    """Whether a job has files of this kind whose time has not come."""
    found = exists().where(Artifact.job_id == Job.id, _of_kind(kind))
    return found if until is None else and_(Job.finished_at >= until, found)


def _file_conditions(project_id: UUID, plan: KeepingPlan) -> Mapping[KeptKind, ColumnElement[bool]]:
    """For each kind of file that goes by itself: which ones."""
    before: Mapping[KeptKind, object] = {kind: plan.of(kind) for kind in FILE_KINDS}
    return {
        kind: and_(
            Job.project_id == project_id,
            WHOLE,
            Job.state.in_(FINISHED),
            Job.finished_at < moment,
            _of_kind(kind),
        )
        for kind, moment in before.items()
        if moment is not None
    }


def _of_kind(kind: KeptKind) -> ColumnElement[bool]:
    if kind is KeptKind.WORKING_FILE:
        return Artifact.kind != _RESULT
    return and_(Artifact.kind == _RESULT, Artifact.name.in_(RESULT_FILES[kind]))


async def _forget_steps(session: AsyncSession, job: Job, kind: KeptKind) -> None:
    """Whoever runs the job again begins at the beginning: what its steps made is not all there any more."""
    if job.state == JobState.SUCCEEDED and kind is KeptKind.TRANSCRIPT:
        await forget_text(session, job.id)
    failed = exists().where(JobStep.job_id == job.id, JobStep.state == StepState.FAILED)
    if job.state == JobState.SUCCEEDED and not await session.scalar(select(failed)):
        return
    await session.execute(
        update(JobStep)
        .where(JobStep.job_id == job.id, JobStep.state != StepState.FAILED)
        .values(state=StepState.PENDING, cursor=None)
    )
    working_files = exists().where(Artifact.job_id == job.id, _of_kind(KeptKind.WORKING_FILE))
    if job.state != JobState.SUCCEEDED and not await session.scalar(select(working_files)):
        # The text is heard anew then, and told again from its first word: it must not stand there twice.
        await forget_text(session, job.id)


async def _count(job_id: UUID, tally: AgeTally, session: AsyncSession) -> None:
    count, size = (
        await session.execute(
            select(func.count(), func.sum(Artifact.size_bytes)).where(Artifact.job_id == job_id)
        )
    ).one()
    await tally(session, "jobs")
    await tally(session, "files", count, int(size or 0))
