"""Refusing work that would only wait: a full queue says so at once, and when to come back."""

import math
import time
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.config import JobSettings
from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.errors import ProjectQueueFull, QueueFull
from surtitle.jobs.states import in_state

_SOONEST_SECONDS = 5
_LATEST_SECONDS = 300
# Counting takes about a microsecond a job; what was counted is believed for a hundred times as long.
_KNOWN_SECONDS_A_JOB = 1e-4
# Nothing runs: a worker has to be started first.
_IDLE_SECONDS = 60


class BackPressure:
    """Lets work in as long as there is room. Requests that come in the same moment do not see each other, and
    a long queue is not counted each time, so that a few more than the most may get in.
    """

    def __init__(self, settings: JobSettings) -> None:
        self._settings = settings
        self._roomy_until: dict[UUID | None, float] = {}

    async def require_room(self, session: AsyncSession, project_id: UUID) -> None:
        """Raises `QueueFull` or `ProjectQueueFull` when so many jobs wait that another has no place."""
        of_project = Job.project_id == project_id
        most_of_project, most = self._settings.most_queued_of_project, self._settings.most_queued
        if most_of_project and not await self._has_room(session, project_id, most_of_project, of_project):
            raise ProjectQueueFull(most_of_project, await _free_in(session, of_project))
        if most and not await self._has_room(session, None, most):
            raise QueueFull(most, await _free_in(session))

    async def _has_room(
        self, session: AsyncSession, whose: UUID | None, most: int, *which: ColumnElement[bool]
    ) -> bool:
        now = time.monotonic()
        if now < self._roomy_until.get(whose, 0.0):
            return True
        waiting = await _waiting(session, most, *which)
        if waiting >= most:
            return False
        self._roomy_until[whose] = now + waiting * _KNOWN_SECONDS_A_JOB
        return True


async def _waiting(session: AsyncSession, most: int, *which: ColumnElement[bool]) -> int:
    """How many wait, or `most` if more do: no more rows are looked at than are needed. Parts do not count."""
    rows = select(Job.id).where(in_state(Job, JobState.QUEUED), Job.parent_id.is_(None), *which).limit(most)
    return await session.scalar(select(func.count()).select_from(rows.subquery())) or 0


async def _free_in(session: AsyncSession, *which: ColumnElement[bool]) -> int:
    """In how many seconds a place is likely to be free.

    What runs has on average as long to go as it has run; of `n` jobs the first ends after an n-th of that.
    """
    running: int
    mean_seconds: float | None
    running, mean_seconds = (
        await session.execute(
            select(func.count(), func.avg(epoch_now() - Job.claimed_epoch)).where(
                in_state(Job, JobState.RUNNING), Job.lease_until_epoch.is_not(None), *which
            )
        )
    ).one()
    if not running:
        return _IDLE_SECONDS
    return min(max(math.ceil((mean_seconds or 0.0) / running), _SOONEST_SECONDS), _LATEST_SECONDS)
