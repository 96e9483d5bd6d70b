"""Keeps worker processes alive beside the server, and takes them down with it."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

log = logging.getLogger(__name__)

PARENT_VARIABLE = "SURTITLE_PARENT_PID"
"""Tells a worker whose death it must not outlive."""

NUMBER_VARIABLE = "SURTITLE_WORKER_NUMBER"
"""Tells a worker which of its siblings it is, from 0."""

_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_LIVED_LONG_SECONDS = 30.0
_MORE_THAN_GRACE_SECONDS = 5.0


@asynccontextmanager
async def supervised_workers(
    count: int, grace_seconds: float, at_once: asyncio.Event | None = None
) -> AsyncIterator[None]:
    """`count` worker processes while the block lasts. One that dies is replaced, after a pause that
    grows while they die young. At the end they get the grace period to finish or hand back; `at_once`
    makes them hand back without it, also when it is set later.

    Taskiq's process manager is not used: it forks, does not wait for a drain, and leaves its workers
    behind when it is killed (docs/decisions/0001-job-table.md).
    """
    stop = asyncio.Event()
    at_once = at_once or asyncio.Event()
    keepers = [
        asyncio.create_task(_keep_one_alive(number, stop, at_once, grace_seconds)) for number in range(count)
    ]
    try:
        yield
    finally:
        stop.set()
        await asyncio.gather(*keepers)


async def _keep_one_alive(
    number: int, stop: asyncio.Event, at_once: asyncio.Event, grace_seconds: float
) -> None:
    clock = asyncio.get_running_loop().time
    pause = _FIRST_PAUSE_SECONDS
    while not stop.is_set():
        began = clock()
        process = await _start(number)
        await _first_of(process.wait(), stop.wait())
        if stop.is_set():
            await _end(process, at_once, grace_seconds)
            return
        pause = _FIRST_PAUSE_SECONDS if clock() - began > _LIVED_LONG_SECONDS else pause
        log.warning(
            "worker %d ended (%s); a new one starts in %.1f s", process.pid, process.returncode, pause
        )
        await _first_of(asyncio.sleep(pause), stop.wait())
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _start(number: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "surtitle",
        "worker",
        stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, PARENT_VARIABLE: str(os.getpid()), NUMBER_VARIABLE: str(number)},
        # Ctrl-C in a terminal reaches the whole group; the worker is told to stop by us alone.
        start_new_session=True,
    )


async def _end(process: asyncio.subprocess.Process, at_once: asyncio.Event, grace_seconds: float) -> None:
    if not at_once.is_set():
        _send(process, signal.SIGTERM)
        await _first_of(process.wait(), at_once.wait(), asyncio.sleep(grace_seconds))
    if at_once.is_set():
        _send(process, signal.SIGINT)
    try:
        await asyncio.wait_for(process.wait(), _MORE_THAN_GRACE_SECONDS)
    except TimeoutError:
        log.warning("worker %d does not stop and is killed; its job goes on elsewhere", process.pid)
        _send(process, signal.SIGKILL)
        await process.wait()


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)


async def _first_of(*waits: Coroutine[object, object, object]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
