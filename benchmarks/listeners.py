"""A thousand listeners to server-sent events: what each costs in memory, and how late they hear.

One API process, with SQLite and with PostgreSQL 18 and Redis, on one machine with its clients. A thousand
connections listen to one job, in which something happens twice a second; then, to a fresh server, one each to
a thousand jobs, in which together something happens 100 times a second. The events are written by another
process, as a worker writes them. **Delay**: from before an event is written (its transaction included) until
a client has it; all clients are one process, which takes its turns with the server. **Memory a listener**:
what the server grew by from before the first of them came until all had heard, divided by their number.
"""

import asyncio
import multiprocessing
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import psutil
from pydantic import SecretStr
from tests.server import Server
from tests.servers.postgresql import postgresql
from tests.servers.redis import redis_server

from benchmarks.event_clients import Client
from benchmarks.event_teller import Tale, tell
from benchmarks.materials import Materials
from benchmarks.report import Report, progress
from surtitle.config import HubSettings, Settings

_LISTENERS = 1000
_SECONDS = 20
_A_SECOND = {"one job": 2, "a job each": 100}
_AT_ONCE = 50
_PATIENCE_SECONDS = 120
# What a process holds open beside its listeners.
_OTHER_FILES = 200


@dataclass(frozen=True, slots=True)
class _Place:
    """A server without workers, and the settings by which another process joins its installation."""

    server: Server
    settings: Settings


@dataclass(frozen=True, slots=True)
class _Found:
    listeners: int
    heard: int
    complete: bool
    bytes_each: float
    delays: list[float]

    def cells(self) -> tuple[str, ...]:
        percentiles = quantiles(self.delays, n=100, method="inclusive")
        delays = (percentiles[49], percentiles[98], max(self.delays))
        return str(self.heard), f"{self.bytes_each / 1024:.0f}", *(f"{delay * 1000:.0f}" for delay in delays)


def run(report: Report, materials: Materials) -> None:
    listeners, seconds = (40, 3) if materials.quick else (_LISTENERS, _SECONDS)
    rows: list[tuple[str, ...]] = []
    complete = True
    with _many_files(2 * listeners + _OTHER_FILES):
        for on_servers in (False, True):
            kind = "PostgreSQL, Redis" if on_servers else "SQLite"
            for shape, a_second in _A_SECOND.items():
                progress(f"{kind}: {listeners} listeners, {shape}")
                folder = materials.folder / f"listeners-{len(rows)}"
                with _opened(folder, on_servers=on_servers) as place:
                    jobs = _begun(place, materials.clip, 1 if shape == "one job" else listeners)
                    tale = Tale(jobs, a_second * seconds, a_second)
                    found = asyncio.run(_measured(place, tale, listeners))
                rows.append((kind, shape, *found.cells()))
                complete = complete and found.complete
    head = ("installation", f"{listeners} listeners to", "events heard", "KiB a listener")
    report.table((*head, "p50 ms", "p99 ms", "longest ms"), rows)
    report.aim(
        "every listener hears every event of its job, once and in order",
        "all did" if complete else "some did not",
        met=complete,
    )


@contextmanager
def _opened(folder: Path, *, on_servers: bool) -> Iterator[_Place]:
    folder.mkdir()
    # No engine is asked for anything, and none needs a model.
    variables = {"SURTITLE_SERVER__WORKERS": "0", "SURTITLE_ENGINES__TRANSCRIBER": "dummy"}
    settings = Settings(data_dir=folder / "data", _env_file=None)
    with ExitStack() as stack:
        if on_servers:
            database = stack.enter_context(postgresql(folder, 18, durable=True)).database("listeners")
            redis = stack.enter_context(redis_server(folder / "redis")).url
            variables |= {"SURTITLE_DATABASE_URL": database, "SURTITLE_HUB__URL": redis}
            hub = HubSettings(url=SecretStr(redis))
            settings = settings.model_copy(update={"database_url": SecretStr(database), "hub": hub})
        yield _Place(stack.enter_context(Server(settings.data_dir, **variables)), settings)


def _begun(place: _Place, recording: Path, count: int) -> list[str]:
    media_id = place.server.upload(recording)
    return [place.server.begin(recipe="transcript", media_id=media_id) for _ in range(count)]


async def _measured(place: _Place, tale: Tale, listeners: int) -> _Found:
    assert place.server.process is not None
    server = psutil.Process(place.server.process.pid)
    before = server.memory_info().rss
    clients = [Client(tale.job_ids[number % len(tale.job_ids)]) for number in range(listeners)]
    may_connect = asyncio.Semaphore(_AT_ONCE)
    listening = [
        asyncio.create_task(client.listen(place.server.url, tale.of_each_job, may_connect))
        for client in clients
    ]
    await asyncio.gather(*(client.heard.wait() for client in clients))
    teller = multiprocessing.get_context("spawn").Process(target=tell, args=(place.settings, tale))
    teller.start()
    await asyncio.wait(
        [asyncio.create_task(client.told.wait()) for client in clients],
        timeout=tale.count / tale.a_second + _PATIENCE_SECONDS,
    )
    grown = server.memory_info().rss - before
    await asyncio.to_thread(teller.join)
    for task in listening:
        task.cancel()
    await asyncio.wait(listening)
    delays = [delay for client in clients for delay in client.delays]
    complete = all(client.is_complete for client in clients)
    return _Found(listeners, len(delays), complete, grown / listeners, delays)


@contextmanager
def _many_files(count: int) -> Iterator[None]:
    """Each listener is an open file, in the server as in its clients."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
