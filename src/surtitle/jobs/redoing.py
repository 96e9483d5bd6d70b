"""Steps of a job that has ended, to be done once more together with all that use what they make."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState, RedoneStep, StepState, steps_when_cancelled
from surtitle.domain.recipes import StepName, is_on, recipe_named
from surtitle.jobs.events import forget_text

_STOPPED = "It was cancelled before it was done again; what there is was made without it."


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
    values: dict[str, Any] = {"state": StepState.PENDING}
    if job.state == JobState.SUCCEEDED:
        # The working files that cursors tell of went when it succeeded; a job that failed has them still.
        # Why it did without a step stays until that is done, and how long one took until it begins: see
        # `stop_redoing`.
        values["cursor"] = None
        if StepName.TRANSCRIPTION in again:
            # It hears all of it anew, and tells it from the first word.
            await forget_text(session, job.id)
    else:
        values |= {"error": None, "seconds": 0.0}
    job.warnings = [warning for warning in job.warnings if warning.get("step") not in again]
    job.progress = 0.0
    await session.execute(
        update(JobStep).where(JobStep.job_id == job.id, JobStep.name.in_(again)).values(**values)
    )


async def stop_redoing(session: AsyncSession, job_id: UUID) -> None:
    """A job that had succeeded is cancelled while it does steps again. What is not done it did without, and
    says so; that can be asked for once more.
    """
    columns = (Job.recipe, Job.options, Job.warnings)
    recipe, options, warnings = (await session.execute(select(*columns).where(Job.id == job_id))).one()
    specs = recipe_named(recipe).steps
    optional = {spec.name for spec in specs if spec.optional and is_on(options, spec.name)}
    query = select(JobStep).where(JobStep.job_id == job_id).order_by(JobStep.position)
    steps = (await session.scalars(query.execution_options(populate_existing=True))).all()
    states = steps_when_cancelled(
        [RedoneStep(StepState(one.state), one.name in optional, one.error is not None) for one in steps]
    )
    for step, state in zip(steps, states, strict=True):
        if state is StepState.FAILED and step.state != StepState.FAILED:
            step.error = step.error or _STOPPED
            warnings = [*warnings, {"detail": step.error, "step": step.name}]
        step.state, step.cursor = state, None
    await session.execute(update(Job).where(Job.id == job_id).values(progress=1.0, warnings=warnings))
