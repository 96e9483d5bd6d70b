"""Turns the job table into figures, each time that they are scraped."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from surtitle.clock import utc_now
from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState
from surtitle.jobs.figures import JobFigures
from surtitle.observability.metrics import Metrics

_BATCH = 500
_FIRST = UUID(int=0)
# A job's end is timed before it is committed, so that jobs can appear out of order by about this much.
_LATE_COMMITS = timedelta(minutes=1)


class JobMeter:
    """Counts each job that ended since this meter was made, once."""

    def __init__(self, figures: JobFigures, metrics: Metrics) -> None:
        self._figures = figures
        self._metrics = metrics
        self._began = self._newest = utc_now()
        self._counted: dict[tuple[UUID, datetime], None] = {}
        self._turn = asyncio.Lock()

    async def refresh(self, worker_silence_seconds: float) -> None:
        """Bring the figures up to date. A worker counts as alive until it was silent that long."""
        async with self._turn:
            for state, count in (await self._figures.unfinished()).items():
                self._metrics.jobs.labels(state).set(count)
            self._metrics.workers.set(await self._figures.workers_alive(worker_silence_seconds))
            await self._count_finished()

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
        self._metrics.jobs_finished.labels(job.recipe, job.state).inc()
        self._metrics.job_seconds.labels(job.recipe).observe(job.processing_seconds)
        for step in steps:
            if step.seconds:
                self._metrics.step_seconds.labels(job.recipe, step.name).observe(step.seconds)
        if job.state == JobState.SUCCEEDED and job.media_seconds:
            factor = job.processing_seconds / job.media_seconds
            self._metrics.real_time_factor.labels(job.recipe).observe(factor)
