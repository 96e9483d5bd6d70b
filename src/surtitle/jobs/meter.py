"""Turns the ends of jobs into figures, as they are found in the table."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from surtitle.clock import utc_now
from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState
from surtitle.jobs.figures import JobFigures
from surtitle.observability.metrics import FinishedJobMetrics, Sample

_BATCH = 500
_FIRST = UUID(int=0)
# A job's end is timed before it is committed, so that jobs can appear out of order by about this much.
_LATE_COMMITS = timedelta(minutes=1)


class JobMeter:
    """Counts each job that ended since this meter was made, once."""

    def __init__(self, figures: JobFigures, metrics: FinishedJobMetrics) -> None:
        self._figures = figures
        self._metrics = metrics
        self._began = self._newest = utc_now()
        self._counted: dict[tuple[UUID, datetime], None] = {}

    async def read(self) -> Sequence[Sample]:
        """Count what ended since the last look. One look at a time; it is no sample, for counters grow."""
        await self._count_finished()
        return ()

    async def _count_finished(self) -> None:
        after, job_id = max(self._began, self._newest - _LATE_COMMITS), _FIRST
        while jobs := await self._figures.finished_after(after, job_id, _BATCH):
            for job, steps in jobs:
                assert job.finished_at is not None
                after, job_id = job.finished_at, job.id
                if (job_id, after) not in self._counted:
                    self._count(job, steps)
                    self._counted[job_id, after] = None
            self._newest = max(self._newest, after)
        horizon = self._newest - _LATE_COMMITS
        self._counted = {key: None for key in self._counted if key[1] > horizon}

    def _count(self, job: Job, steps: Sequence[JobStep]) -> None:
        self._metrics.ended(job.recipe, job.state, job.processing_seconds, job.error_kind)
        for step in steps:
            if step.seconds:
                self._metrics.step_ended(job.recipe, step.name, step.seconds)
        if job.state == JobState.SUCCEEDED and job.media_seconds:
            self._metrics.kept_pace(job.recipe, job.processing_seconds / job.media_seconds)
