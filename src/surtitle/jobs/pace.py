"""How long the steps of a recipe take, as the last jobs of a project took them."""

from collections.abc import Mapping

from sqlalchemy import func, select

from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState, StepState
from surtitle.jobs.work import JobWork

_JOBS = 10
# The pace of a few seconds is that of loading a model.
_LEAST_MEDIA_SECONDS = 30.0


async def usual_pace(work: JobWork) -> Mapping[str, float]:
    """Seconds that each step took for a second of recording; empty where nothing was measured. A project's
    recordings are alike, and so are the machines that run them.
    """
    job = work.job
    lately = (
        select(Job.id, Job.media_seconds)
        .where(
            Job.project_id == job.project_id,
            Job.recipe == job.recipe,
            Job.state == JobState.SUCCEEDED,
            Job.engine == job.engine,
            Job.media_seconds >= _LEAST_MEDIA_SECONDS,
        )
        .order_by(Job.id.desc())
        .limit(_JOBS)
        .subquery()
    )
    spent = (
        select(JobStep.name, func.sum(JobStep.seconds), func.sum(lately.c.media_seconds))
        .join(lately, lately.c.id == JobStep.job_id)
        .where(JobStep.state == StepState.DONE)
        .group_by(JobStep.name)
    )
    async with work.reading() as session:
        rows = await session.execute(spent)
        return {name: seconds / media_seconds for name, seconds, media_seconds in rows}
