"""The job table as a queue: claim, beat, settle, reap. The only code that moves a running job.

Every write that a worker makes says `WHERE fence = :mine`. Nought rows means that the job was taken
over; see docs/decisions/0001-job-table.md for the faults that this survives.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.models import Artifact, Discarded, Job, JobEvent
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState
from surtitle.hub import QUEUE, Hub, job_topic
from surtitle.jobs.abandonment import cancel_abandoned
from surtitle.jobs.events import append_event
from surtitle.jobs.owner import Owner
from surtitle.jobs.turns import above_limit, not_at_limit
from surtitle.usage.metering import release, settle

_FREE = {"owner": None, "lease_until_epoch": None}


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that this worker holds. `attempt` counts from 1."""

    job_id: UUID
    fence: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended badly: a stable kind, a sentence for people, and whether a retry may help."""

    kind: str
    detail: str
    passing: bool


class _NotItsTurn(Exception):
    """Another worker took the last place of the project in the same moment."""


class JobQueue:
    """Moves jobs between `queued`, `running` and the finished states."""

    def __init__(self, database: Database, hub: Hub, settings: JobSettings) -> None:
        self._database = database
        self._hub = hub
        self._settings = settings

    async def claim(
        self, queues: Sequence[str], owner: Owner, only: Sequence[UUID] | None = None
    ) -> Claim | None:
        """The most urgent queued job, now ours, or None. `only` limits the choice to these jobs.

        Jobs of a project that runs as many as it may are passed over.
        """
        while True:
            try:
                return await self._claim(queues, owner, only)
            except _NotItsTurn:
                # Undone; the next look sees what the other worker has claimed meanwhile.
                continue

    async def _claim(self, queues: Sequence[str], owner: Owner, only: Sequence[UUID] | None) -> Claim | None:
        async with self._database.writing() as session:
            candidate = (
                select(Job.id)
                .where(
                    Job.state == JobState.QUEUED,
                    Job.queue.in_(queues),
                    Job.run_at_epoch <= epoch_now(),
                    not_at_limit(),
                )
                .order_by(Job.priority.desc(), Job.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            if only is not None:
                candidate = candidate.where(Job.id.in_(only))
            row = (
                await session.execute(
                    update(Job)
                    .where(Job.id == candidate.scalar_subquery(), Job.state == JobState.QUEUED)
                    .values(
                        state=JobState.RUNNING,
                        owner=str(owner),
                        fence=Job.fence + 1,
                        attempt=Job.attempt + 1,
                        lease_until_epoch=epoch_now() + self._settings.lease_seconds,
                        claimed_epoch=epoch_now(),
                        started_at=func.coalesce(Job.started_at, utc_now()),
                    )
                    .returning(Job.id, Job.fence, Job.attempt)
                )
            ).one_or_none()
            if row is None:
                return None
            claim = Claim(*row)
            if not self._database.is_sqlite and await above_limit(session, claim.job_id):
                raise _NotItsTurn
            await self._tell_state(session, claim.job_id, JobState.RUNNING, attempt=claim.attempt)
        self._hub.wake(job_topic(claim.job_id))
        return claim

    async def beat(self, claim: Claim) -> bool:
        """Renew the lease. False when the job is no longer ours."""
        async with self._database.writing() as session:
            row = await session.scalar(
                update(Job)
                .where(_held(claim))
                .values(lease_until_epoch=epoch_now() + self._settings.lease_seconds)
                .returning(Job.id)
            )
        return row is not None

    async def wishes(self, claim: Claim) -> tuple[bool, bool]:
        """Whether the job is still ours, and whether somebody wants it cancelled."""
        async with self._database.reading() as session:
            cancel = await session.scalar(select(Job.cancel_requested).where(_held(claim)))
        return cancel is not None, bool(cancel)

    async def succeed(self, claim: Claim, result: dict[str, Any]) -> bool:
        """End the job well: its working files go, its last event tells `result`."""
        async with self._database.writing() as session:
            if not await self._finish(session, claim, JobState.SUCCEEDED, progress=1.0):
                return False
            await discard_artifacts(session, claim.job_id, kind="work")
            await append_event(session, claim.job_id, EventType.COMPLETED, result)
        self._hub.wake(job_topic(claim.job_id))
        return True

    async def fail(self, claim: Claim, failure: Failure) -> bool:
        """Try again later where that may help and tries are left, else end the job as failed."""
        delays = self._settings.retry_delays_seconds
        if failure.passing and claim.attempt <= len(delays):
            return await self._retry(claim, failure, delays[claim.attempt - 1])
        async with self._database.writing() as session:
            ended = await self._finish(
                session, claim, JobState.FAILED, error_kind=failure.kind, error_detail=failure.detail
            )
            if ended:
                await append_event(session, claim.job_id, EventType.ERROR, _told(failure))
        self._hub.wake(job_topic(claim.job_id))
        return ended

    async def _retry(self, claim: Claim, failure: Failure, delay_seconds: float) -> bool:
        async with self._database.writing() as session:
            row = await session.scalar(
                update(Job)
                .where(_held(claim))
                .values(
                    state=JobState.QUEUED,
                    run_at_epoch=epoch_now() + delay_seconds,
                    error_kind=failure.kind,
                    error_detail=failure.detail,
                    processing_seconds=Job.processing_seconds + _seconds_since_claim(),
                    **_FREE,
                )
                .returning(Job.id)
            )
            if row is not None:
                await self._tell_state(
                    session, claim.job_id, JobState.QUEUED, retry_in_seconds=delay_seconds, **_told(failure)
                )
        self._hub.wake(job_topic(claim.job_id))
        return row is not None

    async def cancelled(self, claim: Claim) -> bool:
        """End the job as cancelled, once its work has stopped."""
        async with self._database.writing() as session:
            ended = await self._finish(session, claim, JobState.CANCELLED)
            if ended:
                # What it has heard stays: run again, it goes on there, and no listener hears a word twice.
                await self._tell_state(session, claim.job_id, JobState.CANCELLED)
        self._hub.wake(job_topic(claim.job_id))
        return ended

    async def hand_back(self, claim: Claim) -> bool:
        """Give the job back untried, because this worker stops. It is claimed again at once."""
        return bool(await self._requeue(_held(claim), lost=False))

    async def reap(self) -> int:
        """Take back the jobs of workers that are gone; returns how many.

        A lease that ran out, or an owner that ran on this machine and is dead, is a lost worker. That
        is no fault of the job, so its attempt is given back; but a job that takes down worker
        after worker is poison and fails.
        """
        expired = and_(Job.state == JobState.RUNNING, Job.lease_until_epoch < epoch_now())
        dead = [owner for owner in await self._owners() if Owner.parse(owner).certainly_dead]
        gone = and_(Job.state == JobState.RUNNING, Job.owner.in_(dead))
        return len(await self._requeue(expired, lost=True)) + len(await self._requeue(gone, lost=True))

    async def cancel_abandoned(self) -> int:
        """Cancel the jobs whose callers hung up and did not come back (see `abandonment`); how many."""
        job_ids = await cancel_abandoned(self._database)
        for job_id in job_ids:
            self._hub.wake(job_topic(job_id))
        return len(job_ids)

    async def _owners(self) -> Sequence[str]:
        async with self._database.reading() as session:
            owners = await session.scalars(select(Job.owner).where(Job.state == JobState.RUNNING).distinct())
            return [owner for owner in owners if owner]

    async def _requeue(self, which: ColumnElement[bool], *, lost: bool) -> Sequence[UUID]:
        poison = Job.lost_leases + 1 >= self._settings.max_lost_leases if lost else None
        async with self._database.writing() as session:
            rows = (
                await session.execute(
                    update(Job)
                    .where(which)
                    .values(
                        state=_state_after_loss(poison),
                        attempt=Job.attempt - 1,
                        lost_leases=Job.lost_leases + (1 if lost else 0),
                        run_at_epoch=epoch_now(),
                        **_FREE,
                    )
                    .returning(Job.id, Job.state)
                )
            ).all()
            for job_id, state in rows:
                await self._tell_after_loss(session, job_id, JobState(state))
        for job_id, _state in rows:
            self._hub.wake(job_topic(job_id))
        if rows:
            self._hub.wake(QUEUE)
        return [job_id for job_id, _state in rows]

    async def _tell_after_loss(self, session: AsyncSession, job_id: UUID, state: JobState) -> None:
        if state is JobState.QUEUED:
            await self._tell_state(session, job_id, state, reason="worker gone")
            return
        values: dict[str, Any] = {"finished_at": utc_now()}
        if state is JobState.FAILED:
            failure = Failure(
                "poison",
                f"{self._settings.max_lost_leases} workers were lost while they ran this job, so it is not "
                "tried again. Look at the workers' logs (memory?) before you retry it.",
                passing=False,
            )
            values |= {"error_kind": failure.kind, "error_detail": failure.detail}
            await append_event(session, job_id, EventType.ERROR, _told(failure))
        else:
            await self._tell_state(session, job_id, state)
        await session.execute(update(Job).where(Job.id == job_id).values(**values))
        await release(session, job_id)

    async def _finish(self, session: AsyncSession, claim: Claim, state: JobState, **values: Any) -> bool:
        row = await session.scalar(
            update(Job)
            .where(_held(claim))
            .values(
                state=state,
                finished_at=utc_now(),
                processing_seconds=Job.processing_seconds + _seconds_since_claim(),
                **_FREE,
                **values,
            )
            .returning(Job.id)
        )
        if row is None:
            return False
        if state is JobState.SUCCEEDED:
            await settle(session, claim.job_id)
        else:
            await release(session, claim.job_id)
        # Progress is of no use to anyone once the end is known.
        await session.execute(
            delete(JobEvent).where(JobEvent.job_id == claim.job_id, JobEvent.type == EventType.PROGRESS)
        )
        return True

    async def _tell_state(self, session: AsyncSession, job_id: UUID, state: JobState, **facts: Any) -> None:
        await append_event(session, job_id, EventType.STATE, {"state": state, **facts})


async def discard_artifacts(session: AsyncSession, job_id: UUID, kind: str | None = None) -> None:
    """Drop artifact rows and note their objects for deletion, in the caller's transaction."""
    which = Artifact.job_id == job_id
    if kind is not None:
        which = and_(which, Artifact.kind == kind)
    keys = await session.scalars(delete(Artifact).where(which).returning(Artifact.object_key))
    session.add_all([Discarded(object_key=key) for key in keys.all()])


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(Job.id == claim.job_id, Job.fence == claim.fence, Job.state == JobState.RUNNING)


def _state_after_loss(poison: ColumnElement[bool] | None) -> ColumnElement[str]:
    branches: list[tuple[ColumnElement[bool], JobState]] = [
        (Job.cancel_requested.is_(True), JobState.CANCELLED)
    ]
    if poison is not None:
        branches.append((poison, JobState.FAILED))
    return case(*branches, else_=JobState.QUEUED)


def _told(failure: Failure) -> dict[str, Any]:
    return {"type": failure.kind, "detail": failure.detail}


def _seconds_since_claim() -> ColumnElement[float]:
    return epoch_now() - func.coalesce(Job.claimed_epoch, epoch_now())
