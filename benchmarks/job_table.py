"""How fast the job table takes and hands out work, on SQLite and on PostgreSQL.

**Enqueue**: jobs are accepted as the API accepts them (job, steps, usage and first event in one transaction
with its disk flush), by one caller after another and by eight at once. **Claim**: as many processes as there
are workers empty the queue; each claims a job, ends it at once and claims the next, so that they compete far
harder than workers do whose jobs take minutes. A claim's time is that of the call, waits for others included.
PostgreSQL is version 18 on the same machine with its own flush for each commit.
"""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from tests.jobs.table import JobTable, opened_table
from tests.servers.postgresql import postgresql

from benchmarks.materials import Materials
from benchmarks.report import Report, progress
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner

_WORKERS = (1, 2, 8)
_QUICK_WORKERS = (1, 2)
_CALLERS = (1, 8)
_JOBS = 1000
_QUICK_JOBS = 40
_OFFER = Offer()


def run(report: Report, materials: Materials) -> None:
    count = _QUICK_JOBS if materials.quick else _JOBS
    enqueued, claimed = [], []
    for kind in ("SQLite", "PostgreSQL 18"):
        for callers in _CALLERS:
            progress(f"{kind}: enqueue, {callers} at once")
            with _place(materials.folder / f"enqueue-{kind}-{callers}", kind) as place:
                rate, waits = asyncio.run(_enqueue(*place, count, callers))
            enqueued.append((kind, str(callers), f"{rate:.0f}", *_percentiles(waits)))
        for workers in _QUICK_WORKERS if materials.quick else _WORKERS:
            progress(f"{kind}: claim, {workers} workers")
            with _place(materials.folder / f"claim-{kind}-{workers}", kind) as place:
                claimed.append((kind, str(workers), *_claims(*place, count, workers)))
    report.table(("database", "callers", "jobs accepted a second", "p50 ms", "p99 ms"), enqueued)
    report.table(
        ("database", "workers", "jobs claimed and ended a second", "claim p50 ms", "p99 ms"), claimed
    )


@contextmanager
def _place(folder: Path, kind: str) -> Iterator[tuple[Path, str | None]]:
    """The folder and the database's URL of a table of its own."""
    folder.mkdir()
    if kind == "SQLite":
        yield folder, None
        return
    with postgresql(folder, 18, durable=True) as server:
        yield folder, server.database("benchmark")


async def _enqueue(folder: Path, url: str | None, count: int, callers: int) -> tuple[float, list[float]]:
    async with opened_table(folder, database_url=url) as table:
        began = time.perf_counter()
        waits = await asyncio.gather(*(_add(table, count // callers) for _ in range(callers)))
        rate = count / (time.perf_counter() - began)
    return rate, [wait for part in waits for wait in part]


async def _add(table: JobTable, count: int) -> list[float]:
    waits = []
    for _ in range(count):
        began = time.perf_counter()
        await table.add()
        waits.append(time.perf_counter() - began)
    return waits


def _claims(folder: Path, url: str | None, count: int, workers: int) -> tuple[str, ...]:
    asyncio.run(_enqueue(folder, url, count, 1))
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, mp_context=context) as processes:
        ready = manager.Barrier(workers)
        emptied = [processes.submit(_worker, folder, url, ready) for _ in range(workers)]
        told = [process.result() for process in emptied]
    waits = [wait for _, _, part in told for wait in part]
    if len(waits) != count:
        raise RuntimeError(f"{count} jobs were claimed {len(waits)} times")
    seconds = max(ended for _, ended, _ in told) - min(began for began, _, _ in told)
    return f"{count / seconds:.0f}", *_percentiles(waits)


def _worker(folder: Path, url: str | None, ready: object) -> tuple[float, float, list[float]]:
    """When it began and ended by the machine's clock, and the seconds of each claim."""
    return asyncio.run(_empty(folder, url, ready))


async def _empty(folder: Path, url: str | None, ready: object) -> tuple[float, float, list[float]]:
    async with opened_table(folder, database_url=url) as table:
        await asyncio.to_thread(ready.wait)  # type: ignore[attr-defined]  # a proxy of a Barrier
        waits: list[float] = []
        start = time.monotonic()
        while True:
            began = time.perf_counter()
            claim = await table.queue.claim(_OFFER, Owner.this_process())
            waited = time.perf_counter() - began
            if claim is None:
                return start, time.monotonic(), waits
            waits.append(waited)
            await table.queue.succeed(claim, {})


def _percentiles(seconds: list[float]) -> tuple[str, str]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return f"{cuts[49] * 1000:.1f}", f"{cuts[98] * 1000:.1f}"
