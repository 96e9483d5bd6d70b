"""How jobs end that somebody has cancelled, and files that go with a job's end."""

from uuid import UUID

from sqlalchemy import and_, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Discarded
from surtitle.domain.jobs import EventType, JobState, state_when_cancelled
from surtitle.jobs.events import append_event
from surtitle.jobs.milestones import Milestones
from surtitle.jobs.part_endings import end_parts
from surtitle.jobs.redoing import stop_redoing
from surtitle.usage.metering import is_settled, release


async def end_cancelled(session: AsyncSession, job_id: UUID, milestones: Milestones) -> None:
    """In the transaction that takes a cancelled job from the queue or from its worker. One that did steps
    again is as it was when it succeeded, and nothing is told of that to the outside.
    """
    state = state_when_cancelled(has_succeeded=await is_settled(session, job_id))
    await session.execute(update(Job).where(Job.id == job_id).values(state=state, finished_at=utc_now()))
    if state is JobState.SUCCEEDED:
        await stop_redoing(session, job_id)
        await discard_artifacts(session, job_id, kind="work")
    await append_event(session, job_id, EventType.STATE, {"state": state})
    await release(session, job_id)
    await end_parts(session, job_id)
    if state is JobState.CANCELLED:
        await milestones.ended(session, job_id, state)


async def discard_artifacts(session: AsyncSession, job_id: UUID, kind: str | None = None) -> None:
    """Drop artifact rows and note their objects for deletion, in the caller's transaction."""
    which = Artifact.job_id == job_id
    if kind is not None:
        which = and_(which, Artifact.kind == kind)
    keys = await session.scalars(delete(Artifact).where(which).returning(Artifact.object_key))
    session.add_all([Discarded(object_key=key) for key in keys.all()])
