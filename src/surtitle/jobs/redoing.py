"""Steps of a job that has ended, to be done once more together with all that use what they make."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.recipes import StepName
from surtitle.jobs.events import forget_text


def first_failed(steps: Sequence[JobStep]) -> int | None:
    """The place of the first step that the job did without, if it did without any."""
    return next((place for place, step in enumerate(steps) if step.state == StepState.FAILED), None)


def first_to_redo(steps: Sequence[JobStep], wished: int) -> int:
    """The place from which to go on so that the step at `wished` has what it uses: files of earlier steps may
    have gone by their age.
    """
    gone = (place for place, step in enumerate(steps[:wished]) if step.state == StepState.PENDING)
    return next(gone, wished)


async def redo_from(session: AsyncSession, job: Job, steps: Sequence[JobStep], first: int) -> None:
    """Have the steps from the place `first` on done as if for the first time; what they warned of goes."""
    again = [step.name for step in steps[first:]]
    values: dict[str, Any] = {"state": StepState.PENDING, "error": None, "seconds": 0.0}
    if job.state == JobState.SUCCEEDED:
        # The working files that cursors tell of went when it succeeded; a job that failed has them still.
        values["cursor"] = None
        if StepName.TRANSCRIPTION in again:
            # It hears all of it anew, and tells it from the first word.
            await forget_text(session, job.id)
    job.warnings = [warning for warning in job.warnings if warning.get("step") not in again]
    job.progress = 0.0
    await session.execute(
        update(JobStep).where(JobStep.job_id == job.id, JobStep.name.in_(again)).values(**values)
    )
