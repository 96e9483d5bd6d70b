"""What a job uses: reserved, settled and released in the transactions that move the job.

Being written with the job, an entry can neither be missing after a crash nor count twice. Settling and
releasing touch only what is reserved, so doing either again changes nothing.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.account_models import UsageEntry
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.usage.charging import refund
from surtitle.usage.kinds import UsageKind, UsageState

_FORGOTTEN_AFTER = timedelta(hours=1)
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Work:
    """What a job will use if it goes well. `user_id` None: a key, or the owner of the machine."""

    project_id: UUID
    user_id: UUID | None
    job_id: UUID
    recipe: str
    engine: str | None
    audio_seconds: float
    generated_seconds: float = 0.0
    is_job: bool = True
    """Speech that somebody waits for is none, and has an id of its own in `job_id`."""

    @property
    def metered_seconds(self) -> float:
        """What weighs on a quota of minutes."""
        return self.audio_seconds + self.generated_seconds


def meter(session: AsyncSession, work: Work) -> None:
    """Reserve what the job will use."""
    session.add_all(_entry(work, kind, amount) for kind, amount in _amounts(work).items() if amount)


async def missing(session: AsyncSession, work: Work) -> Work:
    """What of `work` is not reserved yet."""
    rows = await session.execute(select(UsageEntry.kind, UsageEntry.amount).where(_reserved(work.job_id)))
    reserved: dict[str, float] = {kind: amount for kind, amount in rows}  # noqa: C416 - rows are no pairs to mypy
    return replace(
        work,
        audio_seconds=max(work.audio_seconds - reserved.get(UsageKind.AUDIO_SECONDS, 0.0), 0.0),
        generated_seconds=max(work.generated_seconds - reserved.get(UsageKind.GENERATED_SECONDS, 0.0), 0.0),
        is_job=False,
    )


async def extend(session: AsyncSession, more: Work) -> None:
    """Reserve so much more for a job that has its reservation already."""
    for kind, amount in _amounts(more).items():
        if not amount:
            continue
        longer = await session.scalar(
            update(UsageEntry)
            .where(_reserved(more.job_id), UsageEntry.kind == kind)
            .values(amount=UsageEntry.amount + amount)
            .returning(UsageEntry.id)
        )
        if longer is None:
            session.add(_entry(more, kind, amount))


async def settle(session: AsyncSession, job_id: UUID) -> None:
    """The job succeeded: what was reserved is used."""
    await _end(session, job_id, UsageState.SETTLED)


async def release(session: AsyncSession, job_id: UUID) -> None:
    """The job ended otherwise, or goes before it has run: it costs nothing."""
    if await _end(session, job_id, UsageState.RELEASED):
        await refund(session, job_id)


async def release_forgotten(database: Database) -> None:
    """Give back what was reserved for speech by a process that died before it had made any.

    Speech is no job, so nobody finds its reservation when its process is gone. What a job has reserved is
    left to that job.
    """
    jobs = select(Job.id).where(Job.id == UsageEntry.job_id)
    forgotten = (
        select(UsageEntry.job_id)
        .where(
            UsageEntry.state == UsageState.RESERVED,
            UsageEntry.created_at < utc_now() - _FORGOTTEN_AFTER,
            UsageEntry.job_id.is_not(None),
            ~jobs.exists(),
        )
        .distinct()
        .limit(_AT_ONCE)
    )
    async with database.writing() as session:
        for job_id in (await session.scalars(forgotten)).all():
            assert job_id is not None
            await release(session, job_id)


async def is_settled(session: AsyncSession, job_id: UUID) -> bool:
    """Whether the job has succeeded once: what it does again for itself is not used twice."""
    settled = select(UsageEntry.id).where(UsageEntry.job_id == job_id, UsageEntry.state == UsageState.SETTLED)
    return await session.scalar(settled.limit(1)) is not None


async def _end(session: AsyncSession, job_id: UUID, state: UsageState) -> bool:
    ended = await session.scalars(
        update(UsageEntry).where(_reserved(job_id)).values(state=state).returning(UsageEntry.id)
    )
    return bool(ended.all())


def _amounts(work: Work) -> dict[UsageKind, float]:
    return {
        UsageKind.JOBS: float(work.is_job),
        UsageKind.AUDIO_SECONDS: work.audio_seconds,
        UsageKind.GENERATED_SECONDS: work.generated_seconds,
    }


def _entry(work: Work, kind: UsageKind, amount: float) -> UsageEntry:
    return UsageEntry(
        project_id=work.project_id,
        user_id=work.user_id,
        job_id=work.job_id,
        kind=kind,
        amount=amount,
        state=UsageState.RESERVED,
    )


def _reserved(job_id: UUID) -> ColumnElement[bool]:
    return and_(UsageEntry.job_id == job_id, UsageEntry.state == UsageState.RESERVED)
