"""Tasks that are due every so often and run once each time, however many processes look after them.

Time is cut into slots as long as the pause between two runs, by the database's clock. Whoever is first to
write the slot's row runs the task; one that dies in the middle is followed by another when its lease ends.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.db.job_models import ScheduleRun
from surtitle.db.time import epoch_now
from surtitle.errors import SurtitleError
from surtitle.jobs.owner import Owner
from surtitle.observability.metrics import ScheduleMetrics

log = logging.getLogger(__name__)

# A clock that is set back by less than this makes nothing run twice: until it has caught up, what was due in
# that time counts as done.
_REMEMBERED = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task that is due every so many seconds. It must bear to be run again after it was cut off.

    `needed` is a quick look whether there is anything to do; where there is not, nothing is written. Others
    need not wait for one that `is_long`.
    """

    name: str
    every_seconds: float
    task: Callable[[], Awaitable[object]]
    needed: Callable[[], Awaitable[bool]] | None = None
    is_long: bool = False

    def slot(self, now_epoch: float) -> str:
        """The moment when the task was last due."""
        due = now_epoch // self.every_seconds * self.every_seconds
        return datetime.fromtimestamp(due, UTC).isoformat(timespec="milliseconds")


class Schedules:
    """One process's hand in the tasks of the whole installation."""

    def __init__(
        self,
        database: Database,
        settings: JobSettings,
        schedules: Sequence[Schedule],
        metrics: ScheduleMetrics | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._schedules = schedules
        self._owner = str(Owner.this_process())
        self._done: dict[str, str] = {}
        self._remembers = False
        self._long: set[asyncio.Task[bool]] = set()
        self._metrics = metrics or ScheduleMetrics()
        for schedule in schedules:
            self._metrics.keeps(schedule.name, schedule.every_seconds)

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Look after them until cancelled; once `stop` is set, what runs ends and nothing more is begun. A
        long one is cut off then: it bears that, and whoever stops would wait too long.
        """
        try:
            await self._look_after(stop or asyncio.Event())
        finally:
            for task in self._long:
                task.cancel()
            await asyncio.gather(*self._long, return_exceptions=True)

    async def _look_after(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.run_due()
            except (SQLAlchemyError, OSError) as error:
                log.warning("could not see what is due, which is tried again: %s", error)
            # Many processes must not all look at the same moment.
            pause = self._settings.beat_seconds * random.uniform(0.7, 1.3)  # noqa: S311
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)

    async def run_due(self) -> int:
        """Run what is due and nobody has run; how many. A fault is logged, and tried again next time."""
        async with self._database.reading() as session:
            now = await session.scalar(select(epoch_now()))
            if not self._remembers:
                await self._remember(session)
        assert now is not None
        ran = 0
        for schedule in self._schedules:
            slot = schedule.slot(now)
            if self._done.get(schedule.name) == slot:
                continue
            if schedule.needed is not None and not await schedule.needed():
                self._mark_done(schedule.name, slot)
            elif await self._take(schedule.name, slot):
                ran += self._began(schedule, slot) if schedule.is_long else await self._run(schedule, slot)
        return ran

    async def _remember(self, session: AsyncSession) -> None:
        """Go on with what earlier processes told: what fails after each start is overdue all the same."""
        for schedule in self._schedules:
            since = await _waited_for_since(session, schedule)
            if since is not None:
                self._metrics.done(schedule.name, since.timestamp())
        self._remembers = True

    def _began(self, schedule: Schedule, slot: str) -> bool:
        task = asyncio.create_task(self._run(schedule, slot))
        self._long.add(task)
        task.add_done_callback(self._long.discard)
        return True

    def _mark_done(self, name: str, slot: str) -> None:
        self._done[name] = slot
        self._metrics.done(name, time.time())

    async def _take(self, name: str, slot: str) -> bool:
        """Whether this slot is ours to run now."""
        run = _run_of(name, slot)
        async with self._database.reading() as session:
            # Looked for without the lock that writers take: mostly another was first.
            known = (
                await session.execute(
                    select(
                        ScheduleRun.finished_at.is_not(None), ScheduleRun.lease_until_epoch >= epoch_now()
                    ).where(run)
                )
            ).one_or_none()
        if known is not None and known[0]:
            self._mark_done(name, slot)
            return False
        if known is not None and known[1]:
            return False
        async with self._database.writing() as session:
            return await self._insert(session, name, slot) or await self._take_over(session, run)

    async def _insert(self, session: AsyncSession, name: str, slot: str) -> bool:
        insert = sqlite.insert if self._database.is_sqlite else postgresql.insert
        written = await session.scalar(
            insert(ScheduleRun)
            .values(name=name, slot=slot, owner=self._owner, lease_until_epoch=self._lease_end())
            .on_conflict_do_nothing()
            .returning(ScheduleRun.name)
        )
        return written is not None

    async def _take_over(self, session: AsyncSession, run: ColumnElement[bool]) -> bool:
        taken = await session.scalar(
            update(ScheduleRun)
            .where(run, ScheduleRun.finished_at.is_(None), ScheduleRun.lease_until_epoch < epoch_now())
            .values(owner=self._owner, lease_until_epoch=self._lease_end())
            .returning(ScheduleRun.name)
        )
        return taken is not None

    async def _run(self, schedule: Schedule, slot: str) -> bool:
        keeping = asyncio.create_task(self._keep(schedule.name, slot))
        went_well = False
        try:
            went_well = await _tried(schedule)
        finally:
            keeping.cancel()
            # Not awaited itself: its cancellation could not be told from our own, which would be lost.
            await asyncio.wait({keeping})
            if not went_well:
                self._metrics.failed(schedule.name)
                # Also where it was cut off: another need not wait for the lease to end.
                await self._give_back(schedule.name, slot)
        if went_well:
            await self._finish(schedule.name, slot)
        return went_well

    async def _keep(self, name: str, slot: str) -> None:
        while True:
            await asyncio.sleep(self._settings.beat_seconds)
            try:
                await self._set(name, slot, lease_until_epoch=self._lease_end())
            except (SQLAlchemyError, OSError) as error:
                log.info("could not renew the lease of the task %s yet: %s", name, error)

    async def _give_back(self, name: str, slot: str) -> None:
        with suppress(SQLAlchemyError, OSError):
            # Where the database is away, its lease ends by itself.
            await self._set(name, slot, lease_until_epoch=0.0)

    async def _finish(self, name: str, slot: str) -> None:
        self._mark_done(name, slot)
        old = ScheduleRun.started_at < utc_now() - _REMEMBERED
        async with self._database.writing() as session:
            await session.execute(self._setting(name, slot, finished_at=utc_now()))
            # This run stays even if it took longer than that: its slot may not be over.
            await session.execute(
                delete(ScheduleRun).where(ScheduleRun.name == name, ScheduleRun.slot != slot, old)
            )

    async def _set(self, name: str, slot: str, **values: object) -> None:
        async with self._database.writing() as session:
            await session.execute(self._setting(name, slot, **values))

    def _setting(self, name: str, slot: str, **values: object) -> Update:
        mine = and_(_run_of(name, slot), ScheduleRun.owner == self._owner)
        return update(ScheduleRun).where(mine).values(**values)

    def _lease_end(self) -> ColumnElement[float]:
        return epoch_now() + self._settings.lease_seconds


async def _tried(schedule: Schedule) -> bool:
    """Whether the task went well. Whatever failed in it, the other schedules go on."""
    try:
        await schedule.task()
    except (SQLAlchemyError, SurtitleError, OSError) as error:
        log.warning("the task %s failed, and is tried again: %s", schedule.name, error)
        return False
    except Exception:
        log.exception("the task %s failed in a way that nobody foresaw, and is tried again", schedule.name)
        return False
    return True


async def _waited_for_since(session: AsyncSession, schedule: Schedule) -> datetime | None:
    """When the task was last done; where it never was or is seldom needed, when it was first tried since."""
    of_task = ScheduleRun.name == schedule.name
    finished = await session.scalar(select(func.max(ScheduleRun.finished_at)).where(of_task))
    if finished is not None and schedule.needed is None:
        return finished
    tried = select(func.min(ScheduleRun.started_at)).where(of_task, ScheduleRun.finished_at.is_(None))
    return await session.scalar(tried if finished is None else tried.where(ScheduleRun.started_at > finished))


def _run_of(name: str, slot: str) -> ColumnElement[bool]:
    return and_(ScheduleRun.name == name, ScheduleRun.slot == slot)
