"""What a worker counts of its jobs, on both databases."""

import asyncio
import time

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import update
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Job
from surtitle.db.time import epoch_now
from surtitle.errors import Unavailable
from surtitle.jobs.queue import Failure, JobQueue
from surtitle.jobs.schedules import Schedule, Schedules
from surtitle.observability.metrics import RunMetrics, RunOutcome, ScheduleMetrics

AN_AGE = 1e9


class Counted:
    """The queue of a worker whose counts can be read."""

    def __init__(self, table: JobTable) -> None:
        self.registry = CollectorRegistry()
        self.runs = RunMetrics(self.registry, queues=QUICK.queues)
        table.queue = JobQueue(table.database, table.hub, QUICK, runs=self.runs)

    def ended(self) -> dict[str, float]:
        """How often each outcome came, of those that did."""
        labels = {"recipe": "transcript"}
        counts = {
            outcome: self.registry.get_sample_value("surtitle_job_runs_total", labels | {"outcome": outcome})
            for outcome in RunOutcome
        }
        return {outcome: count for outcome, count in counts.items() if count}

    def lost(self, queue: str = "cpu") -> float | None:
        return self.registry.get_sample_value("surtitle_lost_leases_total", {"queue": queue})

    def waited(self, ending: str, queue: str = "cpu") -> float:
        value = self.registry.get_sample_value(f"surtitle_claim_wait_seconds_{ending}", {"queue": queue})
        assert value is not None
        return value


@pytest.fixture
def counted(table: JobTable) -> Counted:
    return Counted(table)


BROKEN = Failure("engine-died", "the engine died", passing=True)
BAD = Failure("no-sound", "It holds no sound.", passing=False)


@ON_BOTH
async def test_each_outcome_is_counted_as_what_it_is(table: JobTable, counted: Counted) -> None:
    for _ in range(5):
        await table.add()
    await table.queue.succeed(await table.claim(), {})
    await table.queue.fail(await table.claim(), BAD)
    await table.queue.cancelled(await table.claim())
    await table.queue.postpone(await table.claim(), BROKEN)
    await table.queue.fail(await table.claim(), BROKEN)
    assert counted.ended() == dict.fromkeys(("succeeded", "failed", "cancelled", "postponed", "retried"), 1.0)


@ON_BOTH
async def test_a_retry_that_was_the_last_is_a_failure(table: JobTable, counted: Counted) -> None:
    await table.add()
    for _ in range(4):
        await asyncio.sleep(0.06)
        await table.queue.fail(await table.claim(), BROKEN)
    assert counted.ended() == {"retried": 3, "failed": 1}


@ON_BOTH
async def test_a_lost_lease_is_counted_by_whoever_takes_the_job_back(
    table: JobTable, counted: Counted
) -> None:
    await table.add()
    zombie = await table.claim()
    await table.expire(zombie)
    assert counted.lost() == 0
    await table.queue.reap()
    assert (counted.lost(), counted.lost("gpu")) == (1, 0)
    assert not await table.queue.succeed(zombie, {})
    assert counted.ended() == {}, "what a zombie does is no outcome"


async def test_a_job_that_is_handed_back_is_no_lost_one(table: JobTable, counted: Counted) -> None:
    await table.add()
    await table.queue.hand_back(await table.claim())
    assert counted.ended() == {"handed-back": 1}
    assert counted.lost() == 0


async def test_a_worker_whose_job_was_taken_over_counts_that(table: JobTable, counted: Counted) -> None:
    await table.add()
    worker, claim = table.worker(lambda _work: asyncio.sleep(0, {})), await table.claim()
    await table.expire(claim)
    await table.queue.reap()
    await worker.run_claim(claim)
    assert counted.ended() == {"taken-over": 1}


@ON_BOTH
async def test_the_wait_is_from_when_a_job_was_due_until_it_was_taken(
    table: JobTable, counted: Counted
) -> None:
    job = await table.add()
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == job.id).values(run_at_epoch=epoch_now() - 120))
    await table.claim()
    assert counted.waited("count") == 1
    assert 120 <= counted.waited("sum") < 180
    assert counted.waited("count", "gpu") == 0, "told from the start, with nothing in it"


class Scheduled:
    """A schedule of one process, and what it counts."""

    def __init__(
        self, table: JobTable, *, needed: bool | None = None, fails: bool = False, every: float = AN_AGE
    ) -> None:
        self.registry = CollectorRegistry()
        self.fails = fails
        task = Schedule("count", every, self._run, needed=None if needed is None else self._is_needed)
        self._needed = needed is True
        self.schedules = Schedules(table.database, table.settings, [task], ScheduleMetrics(self.registry))

    async def _is_needed(self) -> bool:
        return self._needed

    async def _run(self) -> None:
        if self.fails:
            raise Unavailable("The store is away.")

    def value(self, name: str) -> float | None:
        return self.registry.get_sample_value(f"surtitle_schedule_{name}", {"schedule": "count"})

    @property
    def last_success(self) -> float:
        value = self.value("last_success_timestamp_seconds")
        assert value is not None, "what is not told is never overdue"
        return value


@ON_BOTH
async def test_a_task_that_another_did_is_seen_done(table: JobTable) -> None:
    first, second = Scheduled(table), Scheduled(table)
    began = time.time()
    for scheduled in (first, second):
        assert scheduled.value("every_seconds") == AN_AGE
        assert scheduled.last_success < began, "until anything is known: since the process is there"
        await scheduled.schedules.run_due()
        assert scheduled.last_success >= began


async def test_a_task_that_fails_is_counted_and_not_seen_done(table: JobTable) -> None:
    scheduled = Scheduled(table, fails=True)
    began = time.time()
    for _ in range(2):
        await scheduled.schedules.run_due()
    assert scheduled.value("failures_total") == 2
    assert scheduled.last_success < began


@ON_BOTH
async def test_a_task_that_fails_after_each_start_is_overdue_all_the_same(table: JobTable) -> None:
    done = Scheduled(table, every=0.01)
    await done.schedules.run_due()
    afterwards = time.time()
    for _ in range(2):
        await asyncio.sleep(0.05)
        started_anew = Scheduled(table, every=0.01, fails=True)
        await started_anew.schedules.run_due()
        assert started_anew.value("failures_total") == 1
        assert started_anew.last_success <= afterwards


@ON_BOTH
@pytest.mark.parametrize("needed", [None, True])
async def test_one_that_never_went_well_counts_from_its_first_try(
    table: JobTable, needed: bool | None
) -> None:
    await Scheduled(table, needed=needed, fails=True).schedules.run_due()
    afterwards = time.time()
    await asyncio.sleep(0.05)
    started_anew = Scheduled(table, needed=needed, fails=True)
    await started_anew.schedules.run_due()
    assert started_anew.last_success <= afterwards


async def test_one_that_is_seldom_needed_is_not_overdue_when_it_is(table: JobTable) -> None:
    await Scheduled(table, needed=True, every=0.01).schedules.run_due()
    await asyncio.sleep(0.05)
    before = time.time()
    started_anew = Scheduled(table, needed=True, every=0.01, fails=True)
    await started_anew.schedules.run_due()
    assert started_anew.last_success >= before


async def test_a_task_that_has_nothing_to_do_is_done(table: JobTable) -> None:
    scheduled = Scheduled(table, needed=False)
    before = time.time()
    await scheduled.schedules.run_due()
    assert scheduled.last_success >= before
