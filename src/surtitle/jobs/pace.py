"""How long the steps of a recipe take, as the last jobs of a project took them."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.recipes import is_on
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
        select(Job.id, Job.media_seconds, Job.options)
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
    done = (
        select(JobStep.name, JobStep.seconds, lately.c.media_seconds, lately.c.options)
        .join(lately, lately.c.id == JobStep.job_id)
        .where(JobStep.state == StepState.DONE)
    )
    spent: defaultdict[str, float] = defaultdict(float)
    heard: defaultdict[str, float] = defaultdict(float)
    async with work.reading() as session:
        for name, seconds, media_seconds, options in await session.execute(done):
            # A step that was turned off took no time; that tells nothing of how long it takes.
            if is_on(options, name):
                spent[name] += seconds
                heard[name] += media_seconds
    return {name: seconds / heard[name] for name, seconds in spent.items()}
