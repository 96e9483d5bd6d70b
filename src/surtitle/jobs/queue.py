"""The job table as a queue: claim, beat, settle, reap. The only code that moves a running job.

Every write that a worker makes says `WHERE fence = :mine`. Nought rows means that the job was taken
over; see docs/decisions/0001-job-table.md for the faults that this survives.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, JobEvent
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import EventType, JobState
from surtitle.hub import QUEUE, Hub, job_topic
from surtitle.jobs.abandonment import cancel_abandoned
from surtitle.jobs.claiming import Claim, NotItsTurn, claim_from, claim_one_of
from surtitle.jobs.endings import discard_artifacts, end_cancelled
from surtitle.jobs.events import append_event
from surtitle.jobs.lanes import LANES_TRIED, lanes_in_turn
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.part_endings import end_parts
from surtitle.jobs.requeueing import FREE, requeue, seconds_since_claim
from surtitle.jobs.states import in_state
from surtitle.jobs.turns import give_turns_back
from surtitle.observability.metrics import RunMetrics, RunOutcome
from surtitle.usage.metering import release, settle

__all__ = ["Claim", "Failure", "JobQueue"]

# More looks at a queue in a row would gain nothing over a short rest.
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended badly: a stable kind, a sentence for people, and whether a retry may help."""

    kind: str
    detail: str
    passing: bool


class JobQueue:
    """Moves jobs between `queued`, `running` and the finished states."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        settings: JobSettings,
        milestones: Milestones | None = None,
        runs: RunMetrics | None = None,
    ) -> None:
        self._database = database
        self._hub = hub
        self._settings = settings
        self._milestones = milestones or Milestones()
        self._runs = runs or RunMetrics()
        self._claims = 0

    async def claim(self, offer: Offer, owner: Owner, only: Sequence[UUID] | None = None) -> Claim | None:
        """The queued job whose turn it is among those that the offer covers, now ours, or None. With `only`
        the choice is among these jobs, whatever queue they are in and how much memory they need.

        Projects have fair turns (`turns`); one that runs as many jobs as it may is passed over, and so is a
        queue that is paused.
        """
        while True:
            try:
                return await self._claim(offer, owner, only)
            except NotItsTurn:
                # Undone; the next look sees what the other worker has claimed meanwhile.
                continue

    async def _claim(self, offer: Offer, owner: Owner, only: Sequence[UUID] | None) -> Claim | None:
        if only is not None:
            return await self._taken(partial(claim_one_of, only=only, offer=offer, **self._terms(owner)))
        # Each of several queues is looked into first in turn, so that none starves behind another.
        self._claims += 1
        for number in range(len(offer.queues)):
            queue = offer.queues[(self._claims + number) % len(offer.queues)]
            if (claim := await self._claim_in(queue, offer, owner)) is not None:
                return claim
        return None

    async def _claim_in(self, queue: str, offer: Offer, owner: Owner) -> Claim | None:
        for _ in range(_LOOKS):
            # Looked for without the lock that writers take: most looks find nothing.
            async with self._database.reading() as session:
                lanes = await lanes_in_turn(session, queue, offer)
            for lane in lanes:
                claim = await self._taken(partial(claim_from, lane=lane, **self._terms(owner)))
                if claim is not None:
                    return claim
            if len(lanes) < LANES_TRIED:
                break
            # Others were quicker in all of them, and there may be more behind.
        return None

    def _terms(self, owner: Owner) -> dict[str, Any]:
        return {"owner": owner, "lease_seconds": self._settings.lease_seconds}

    async def _taken(self, take: Callable[[AsyncSession], Awaitable[Claim | None]]) -> Claim | None:
        async with self._database.writing() as session:
            claim = await take(session)
            if claim is not None:
                await self._tell_state(session, claim.job_id, JobState.RUNNING, attempt=claim.attempt)
        if claim is not None:
            self._hub.wake(job_topic(claim.job_id))
            self._runs.claimed(claim.queue, claim.waited_seconds)
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
        return self._told_end(claim, RunOutcome.SUCCEEDED)

    async def fail(self, claim: Claim, failure: Failure) -> bool:
        """Try again later where that may help and tries are left, else end the job as failed."""
        delay_seconds = await self._delay_seconds(claim) if failure.passing else None
        if delay_seconds is not None:
            return await self._retry(claim, failure, delay_seconds)
        async with self._database.writing() as session:
            ended = await self._finish(
                session, claim, JobState.FAILED, error_kind=failure.kind, error_detail=failure.detail
            )
            if ended:
                await append_event(session, claim.job_id, EventType.ERROR, _told(failure))
        return self._told_end(claim, RunOutcome.FAILED, ended)

    async def _delay_seconds(self, claim: Claim) -> float | None:
        """How long the job rests before it is tried again; None once it has had all its tries."""
        async with self._database.reading() as session:
            # Not the claim's: the tries begin anew when a step is given up.
            attempt = await session.scalar(select(Job.attempt).where(_held(claim)))
        delays = self._settings.retry_delays_seconds
        return delays[attempt - 1] if attempt is not None and attempt <= len(delays) else None

    async def postpone(self, claim: Claim, failure: Failure) -> bool:
        """Try again later, as often as it takes: a part of the installation is away, and no try is lost."""
        return await self._retry(claim, failure, self._settings.away_seconds, tried=False)

    async def _retry(
        self, claim: Claim, failure: Failure, delay_seconds: float, *, tried: bool = True
    ) -> bool:
        async with self._database.writing() as session:
            job = await session.scalar(
                update(Job)
                .where(_held(claim), Job.cancel_requested.is_(False))
                .values(
                    state=JobState.QUEUED,
                    attempt=Job.attempt - (0 if tried else 1),
                    run_at_epoch=epoch_now() + delay_seconds,
                    error_kind=failure.kind,
                    error_detail=failure.detail,
                    processing_seconds=Job.processing_seconds + seconds_since_claim(),
                    **FREE,
                )
                .returning(Job)
                .execution_options(synchronize_session=False)
            )
            if job is not None:
                await self._tell_state(
                    session, claim.job_id, JobState.QUEUED, retry_in_seconds=delay_seconds, **_told(failure)
                )
                if not tried:
                    await give_turns_back(session, [job])
        if job is None:
            # Not ours any more, or somebody has asked for its end.
            return await self.cancelled(claim)
        return self._told_end(claim, RunOutcome.RETRIED if tried else RunOutcome.POSTPONED)

    async def cancelled(self, claim: Claim) -> bool:
        """End the job as `end_cancelled` does, once its work has stopped."""
        async with self._database.writing() as session:
            ended = await self._leave(session, claim, JobState.CANCELLED)
            if ended:
                # What it has heard stays: run again, it goes on there, and no listener hears a word twice.
                await end_cancelled(session, claim.job_id, self._milestones)
        return self._told_end(claim, RunOutcome.CANCELLED, ended)

    async def hand_back(self, claim: Claim) -> bool:
        """Give the job back untried, because this worker stops. It is claimed again at once."""
        held = bool(await self._requeue(_held(claim), lost=False))
        return self._told_end(claim, RunOutcome.HANDED_BACK, held)

    async def put_back(self, job_id: UUID) -> bool:
        """Take the job from whichever worker holds it, untried; whether one did. That worker stops at its
        next beat, and can write nothing more of it.
        """
        held = and_(Job.id == job_id, in_state(Job, JobState.RUNNING))
        return bool(await self._requeue(held, lost=False))

    async def reap(self) -> int:
        """Take back the jobs of workers that are gone; returns how many.

        A lease that ran out, or an owner that ran on this machine and is dead, is a lost worker. That
        is no fault of the job, so its attempt is given back; but a job that takes down worker
        after worker is poison and fails.
        """
        expired = and_(in_state(Job, JobState.RUNNING), Job.lease_until_epoch < epoch_now())
        dead = [owner for owner in await self._owners() if Owner.parse(owner).certainly_dead]
        gone = and_(in_state(Job, JobState.RUNNING), Job.owner.in_(dead))
        return len(await self._requeue(expired, lost=True)) + len(await self._requeue(gone, lost=True))

    async def cancel_abandoned(self) -> int:
        """Cancel the jobs whose callers hung up and did not come back (see `abandonment`); how many."""
        job_ids = await cancel_abandoned(self._database, self._milestones)
        for job_id in job_ids:
            self._hub.wake(job_topic(job_id))
        return len(job_ids)

    async def _owners(self) -> Sequence[str]:
        async with self._database.reading() as session:
            owners = await session.scalars(
                select(Job.owner).where(in_state(Job, JobState.RUNNING)).distinct()
            )
            return [owner for owner in owners if owner]

    async def _requeue(self, which: ColumnElement[bool], *, lost: bool) -> Sequence[UUID]:
        async with self._database.writing() as session:
            jobs = await requeue(session, which, self._milestones, self._settings, lost=lost)
            job_ids, queues = [job.id for job in jobs], [job.queue for job in jobs if lost]
        for queue in queues:
            self._runs.lost(queue)
        for job_id in job_ids:
            self._hub.wake(job_topic(job_id))
        if job_ids:
            self._hub.wake(QUEUE)
        return job_ids

    def taken_over(self, claim: Claim) -> None:
        """The run of this claim counts for nothing: the job is another's."""
        self._runs.ended(claim.origin.recipe, RunOutcome.TAKEN_OVER)

    def _told_end(self, claim: Claim, outcome: RunOutcome, ended: bool = True) -> bool:
        self._hub.wake(job_topic(claim.job_id))
        if ended:
            self._runs.ended(claim.origin.recipe, outcome)
        return ended

    async def _finish(self, session: AsyncSession, claim: Claim, state: JobState, **values: Any) -> bool:
        if not await self._leave(session, claim, state, **values):
            return False
        if state is JobState.SUCCEEDED:
            await settle(session, claim.job_id)
        else:
            await release(session, claim.job_id)
        await end_parts(session, claim.job_id)
        await self._milestones.ended(session, claim.job_id, state)
        return True

    async def _leave(self, session: AsyncSession, claim: Claim, state: JobState, **values: Any) -> bool:
        row = await session.scalar(
            update(Job)
            .where(_held(claim))
            .values(
                state=state,
                finished_at=utc_now(),
                processing_seconds=Job.processing_seconds + seconds_since_claim(),
                **FREE,
                **values,
            )
            .returning(Job.id)
        )
        if row is None:
            return False
        # Progress is of no use to anyone once the end is known.
        await session.execute(
            delete(JobEvent).where(JobEvent.job_id == claim.job_id, JobEvent.type == EventType.PROGRESS)
        )
        return True

    async def _tell_state(self, session: AsyncSession, job_id: UUID, state: JobState, **facts: Any) -> None:
        await append_event(session, job_id, EventType.STATE, {"state": state, **facts})


def _held(claim: Claim) -> ColumnElement[bool]:
    return and_(Job.id == claim.job_id, Job.fence == claim.fence, Job.state == JobState.RUNNING)


def _told(failure: Failure) -> dict[str, Any]:
    return {"type": failure.kind, "detail": failure.detail}
