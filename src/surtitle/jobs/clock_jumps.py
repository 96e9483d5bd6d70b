"""The database's clock set back: what was due by the old time would wait until it has caught up."""

import logging
import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job, Worker
from surtitle.db.time import epoch_now
from surtitle.domain.jobs import JobState
from surtitle.jobs.states import in_state
from surtitle.jobs.workers import forgetting

log = logging.getLogger(__name__)


class DatabaseClock:
    """Watches the database's clock against this machine's `steady` one, which nobody can set.

    A clock set forward needs no care: leases end early, and their jobs are taken up again.
    """

    def __init__(
        self, database: Database, settings: JobSettings, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._settings = settings
        self._steady = steady
        self._ahead: float | None = None

    async def look(self) -> int:
        """Put right what carries times of a clock that was set back; how many jobs.

        The first look does so too: nobody may have been there when it happened.
        """
        async with self._database.reading() as session:
            now = await session.scalar(select(epoch_now()))
        assert now is not None
        ahead = now - self._steady()
        put_right = 0
        if self._ahead is None or self._ahead - ahead > self._settings.beat_seconds:
            async with self._database.writing() as session:
                put_right = await self._put_right(session)
        self._ahead = ahead
        if put_right:
            log.warning("the database's clock was set back: %d job(s) would have waited for it", put_right)
        return put_right

    async def _put_right(self, session: AsyncSession) -> int:
        longest_lease = epoch_now() + self._settings.lease_seconds
        held = await session.scalars(
            # A living worker renews it before it ends.
            update(Job)
            .where(_in_order(in_state(Job, JobState.RUNNING), Job.lease_until_epoch > longest_lease))
            .values(lease_until_epoch=longest_lease)
            .returning(Job.id)
        )
        longest_wait = epoch_now() + max(self._settings.retry_delays_seconds, default=0.0)
        waiting = await session.scalars(
            update(Job)
            .where(_in_order(in_state(Job, JobState.QUEUED), Job.run_at_epoch > longest_wait))
            .values(run_at_epoch=epoch_now())
            .returning(Job.id)
        )
        # The living show themselves again with their next beat.
        await session.execute(forgetting(Worker.seen_epoch > epoch_now() + self._settings.beat_seconds))
        return len(held.all()) + len(waiting.all())


def _in_order(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """These jobs, locked one after another: every worker puts them right, and none may wait for another that
    waits for it.
    """
    return Job.id.in_(select(Job.id).where(*which).order_by(Job.id).with_for_update())
