"""A job that a command has started, shown from beginning to end."""

import asyncio
from contextlib import suppress
from uuid import UUID

from surtitle.cli.batch.view import STAGES, Outcome, View
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import EventType, JobState
from surtitle.domain.recipes import recipe_named
from surtitle.errors import SurtitleError
from surtitle.jobs.errors import JobStateConflict
from surtitle.jobs.events import Event
from surtitle.jobs.service import JobService

_CLEAN_UP_SECONDS = 10.0


class JobFailed(SurtitleError):
    slug = "job-failed"


async def follow(jobs: JobService, job: Job, view: View, outcome: Outcome) -> None:
    """Show what happens to the job from now to its end. Raises `JobFailed`."""
    view.stage("waiting")
    first = STAGES[recipe_named(job.recipe).steps[0].name]
    async for event in jobs.follow(job.id, job.last_event):
        _show(event, view, outcome, first)
    ended = (await jobs.get(PERSONAL_PROJECT, job.id)).job
    if ended.state != JobState.SUCCEEDED:
        raise JobFailed(ended.error_detail or f"Its job was {ended.state} from elsewhere.")


async def end_job(jobs: JobService, job_id: UUID) -> bool:
    """See to it that the job has ended; False when it does not within ten seconds."""
    detail = await jobs.get(PERSONAL_PROJECT, job_id)
    if JobState(detail.job.state).finished:
        return True
    with suppress(JobStateConflict):
        await jobs.cancel(PERSONAL_PROJECT, job_id)
    try:
        async with asyncio.timeout(_CLEAN_UP_SECONDS):
            async for _ in jobs.follow(job_id, detail.job.last_event):
                pass
    except TimeoutError:
        return False
    return True


def _show(event: Event, view: View, outcome: Outcome, first: str) -> None:
    match event.type:
        case EventType.PROGRESS:
            step = event.data["step"]
            view.stage(STAGES.get(step, step))
            view.progress(
                event.data["progress"], event.data.get("speed"), event.data.get("frames_per_second")
            )
        case EventType.WARNING:
            outcome.warnings.append(event.data["detail"])
            view.note(event.data["detail"])
        case EventType.STATE if "retry_in_seconds" in event.data:
            view.note(f"{event.data['detail']} Tried again in {event.data['retry_in_seconds']:.0f} s.")
        case EventType.STATE if event.data["state"] == JobState.RUNNING:
            view.stage(first)
        case _:
            pass
