"""Children that die, hang and are cancelled; parents that die."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.errors import EngineDied
from surtitle.engines.host import EngineHost

from .conftest import acting, hear


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


async def test_a_killed_child_costs_one_attempt_and_the_next_call_works(
    host: EngineHost, sound: Path
) -> None:
    windows = host.transcribe(acting("hangs"), sound, TranscriptionOptions(), WindowCursor())
    assert (await anext(windows)).start_seconds == 0.0
    assert host.facts.child_pid is not None
    os.kill(host.facts.child_pid, signal.SIGKILL)
    with pytest.raises(EngineDied, match="was ended by SIGKILL"):
        async for _ in windows:
            pass
    after = host.facts
    assert (after.child_pid, after.deaths) == (None, 1)
    assert len(await hear(host, acting("plain"), sound)) == 5


async def test_a_crash_is_told_with_its_signal_and_last_words(host: EngineHost, sound: Path) -> None:
    with pytest.raises(EngineDied, match=r"SIGABRT in the middle of its work.*free\(\): invalid pointer"):
        await hear(host, acting("dies"), sound)


async def test_an_exit_is_told_with_its_code(host: EngineHost, sound: Path) -> None:
    with pytest.raises(EngineDied, match="ended with exit code 7"):
        await hear(host, acting("exits"), sound)


async def test_a_child_killed_between_jobs_is_simply_replaced(host: EngineHost, sound: Path) -> None:
    await hear(host, acting("plain"), sound)
    assert host.facts.child_pid is not None
    child = psutil.Process(host.facts.child_pid)
    child.kill()
    await until(lambda: not child.is_running())
    assert len(await hear(host, acting("plain"), sound)) == 5
    assert host.facts.deaths == 1


@pytest.mark.parametrize("how", ["hangs", "deaf"])
async def test_cancelling_ends_the_child_and_leaves_no_zombie(
    how: str, host: EngineHost, sound: Path
) -> None:
    task = asyncio.create_task(hear(host, acting(how), sound))
    await until(lambda: host.facts.resident == acting(how))
    pid = host.facts.child_pid
    assert pid is not None
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 1.0
    assert not psutil.pid_exists(pid)
    assert len(await hear(host, acting("plain"), sound)) == 5


async def test_cancelling_twice_still_ends_the_child(host: EngineHost, sound: Path) -> None:
    task = asyncio.create_task(hear(host, acting("deaf"), sound))
    await until(lambda: host.facts.resident == acting("deaf"))
    pid = host.facts.child_pid
    assert pid is not None
    task.cancel()
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: not psutil.pid_exists(pid))


async def test_leaving_early_ends_the_child(host: EngineHost, sound: Path) -> None:
    windows = host.transcribe(acting("hangs"), sound, TranscriptionOptions(), WindowCursor())
    await anext(windows)
    pid = host.facts.child_pid
    assert pid is not None
    await windows.aclose()
    assert not psutil.pid_exists(pid)


async def test_a_cancel_while_the_child_starts_leaves_nothing_behind(host: EngineHost, sound: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    for pause in (0.0, 0.001, 0.01, 0.1):
        task = asyncio.create_task(hear(host, acting("plain"), sound))
        await asyncio.sleep(pause)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: {child.pid for child in psutil.Process().children()} == before)
    assert len(await hear(host, acting("plain"), sound)) == 5


async def test_closing_a_host_at_work_ends_the_work(host: EngineHost, sound: Path) -> None:
    task = asyncio.create_task(hear(host, acting("hangs"), sound))
    await until(lambda: host.facts.resident == acting("hangs"))
    await host.close()
    with pytest.raises(EngineDied):
        await task


PARENT = """
import asyncio
from pathlib import Path
from surtitle.config import EngineSettings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.host import EngineHost
from surtitle.engines.protocols import EngineSetup, Sampling

async def main():
    host = EngineHost(EngineSettings())
    windows = host.transcribe({setup!r}, Path({sound!r}), TranscriptionOptions(), WindowCursor())
    work = asyncio.create_task(anext(windows))
    while host.facts.resident is None:
        await asyncio.sleep(0.01)
    print(host.facts.child_pid, flush=True)
    await work

asyncio.run(main())
"""


def test_a_killed_parent_takes_its_busy_child_with_it(
    sound: Path, install_engines: Callable[[dict[str, str]], None]
) -> None:
    install_engines({"scripted": "fake_engines:SCRIPTED"})
    program = PARENT.format(setup=acting("deaf"), sound=str(sound))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert child.ppid() == parent.pid
        parent.kill()
    psutil.wait_procs([child], timeout=10)
    # Re-parented to a process 1 that reaps nothing, it may stay as a zombie.
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
