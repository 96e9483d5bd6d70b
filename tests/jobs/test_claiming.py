from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, update
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Job
from surtitle.jobs.offer import Needs, Offer
from surtitle.jobs.owner import Owner


async def ask(table: JobTable, job_id: UUID, **columns: Any) -> None:
    """Let a job ask for a place or a worker that it did not ask for when it came."""
    async with table.database.writing() as session:
        await session.execute(update(Job).where(Job.id == job_id).values(**columns))


async def claimed(table: JobTable, offer: Offer) -> UUID | None:
    claim = await table.queue.claim(offer, Owner.this_process())
    return claim.job_id if claim else None


@ON_BOTH
async def test_a_worker_takes_only_what_it_can_do(table: JobTable) -> None:
    engine, memory, plain = [await table.add() for _ in range(3)]
    await ask(table, engine.id, engine="parakeet")
    await ask(table, memory.id, memory_bytes=8_000)
    small = Offer(engines=frozenset({"whisper"}), memory_bytes=4_000)
    assert [await claimed(table, small) for _ in range(2)] == [plain.id, None]
    large = Offer(engines=frozenset({"whisper", "parakeet"}), memory_bytes=8_000)
    assert {await claimed(table, large) for _ in range(3)} == {engine.id, memory.id, None}


@pytest.mark.parametrize(
    ("offer", "covers"),
    [
        (Offer(), True),
        (Offer(("gpu",)), False),
        (Offer(engines=frozenset()), False),
        (Offer(engines=frozenset({"whisper"}), memory_bytes=99), False),
        (Offer(engines=frozenset({"whisper"}), memory_bytes=100), True),
    ],
)
def test_what_covers_a_need(offer: Offer, covers: bool) -> None:
    assert offer.covers("cpu", Needs("whisper", 100)) is covers


@ON_BOTH
async def test_several_queues_are_looked_into_by_turns(table: JobTable) -> None:
    jobs = [await table.add() for _ in range(6)]
    for job in jobs[4:]:
        await ask(table, job.id, queue="urgent")
    offer = Offer(("cpu", "urgent"))
    first_four = [await claimed(table, offer) for _ in range(4)]
    assert {jobs[4].id, jobs[5].id} < set(first_four), "the second queue did not starve behind the first"


async def test_a_job_that_waits_for_its_next_try_holds_up_nobody(table: JobTable) -> None:
    waiting, other = await table.add(), await table.add()
    await ask(table, waiting.id, run_at_epoch=9e12)
    assert [await claimed(table, Offer()) for _ in range(2)] == [other.id, None]


async def test_a_command_runs_its_own_jobs_whatever_queue_they_are_in(table: JobTable) -> None:
    await table.add()
    own = await table.add()
    await ask(table, own.id, queue="gpu", engine="whisper")
    nothing_free = Offer(engines=frozenset())
    assert await table.queue.claim(nothing_free, Owner.this_process(), only=[own.id]) is None
    claim = await table.queue.claim(Offer(), Owner.this_process(), only=[own.id])
    assert claim is not None
    assert (claim.job_id, claim.engine) == (own.id, "whisper")


async def test_a_claim_leaps_from_lane_to_lane_and_never_walks_through_a_table(table: JobTable) -> None:
    """So that it is as quick with a million jobs as with ten."""
    await table.add()
    with statements(table) as seen:
        await table.claim()
    walked = [(line, sql) for sql, values in seen for line in await plan(table, sql, values) if is_walk(line)]
    assert walked == []
    assert seen


def is_walk(line: str) -> bool:
    """Whether a line of a plan goes through a whole table of jobs. One index holds only what runs."""
    return line.startswith("SCAN jobs") and "ix_jobs_lease" not in line


@contextmanager
def statements(table: JobTable) -> Iterator[list[tuple[str, Any]]]:
    """What was asked of the table of jobs while the block lasts."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, sql: str, values: Any, *_rest: Any) -> None:
        if "jobs" in sql:
            seen.append((sql, values))

    engines = {table.database.engine.sync_engine, table.database._readers.sync_engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


async def plan(table: JobTable, sql: str, values: Any) -> list[str]:
    async with table.database.engine.connect() as connection:
        rows = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
        return list(rows.scalars(3))
