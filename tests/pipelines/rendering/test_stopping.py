"""Cancelling, and deaths that nobody can catch."""

import asyncio
import hashlib
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.pipelines.rendering.bench import Bench, ass

from surtitle.config import RenderingSettings
from surtitle.domain.options import VideoOptions
from surtitle.pipelines.rendering.burn import burn_in
from surtitle.pipelines.rendering.errors import RenderingFailed
from surtitle.pipelines.rendering.progress import RenderProgress

SLOW = VideoOptions(preset="slow")
QUICK = VideoOptions(preset="ultrafast")
MOVING = "testsrc2=s=1280x720:r=25:d={seconds}"

_WORKER = """
import asyncio, sys
from pathlib import Path
from surtitle.config import RenderingSettings
from surtitle.domain.options import VideoOptions
from surtitle.pipelines.rendering.burn import burn_in

source, ass, output, preset = sys.argv[1:]
asyncio.run(burn_in(
    Path(source), Path(ass).read_text(), Path(output),
    video=VideoOptions(preset=preset), settings=RenderingSettings(),
    on_progress=lambda progress: print(progress.frames, flush=True),
))
"""


def renderers(output: Path) -> list[psutil.Process]:
    """The ffmpeg processes that work for `output`, wherever they hang in the process tree."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd().startswith(str(output.parent)) and "ffmpeg" in process.name():
                found.append(process)
        except psutil.Error:
            continue
    return found


async def until_gone(output: Path) -> float:
    started = time.monotonic()
    while renderers(output):
        assert time.monotonic() - started < 10
        await asyncio.sleep(0.02)
    return time.monotonic() - started


async def test_a_cancelled_rendering_stops_and_leaves_nothing(
    bench: Bench, settings: RenderingSettings
) -> None:
    source, place = bench.clip(seconds=12, picture=MOVING), bench.folder / "place"
    place.mkdir()
    under_way = asyncio.Event()
    rendering = asyncio.create_task(
        burn_in(
            source, ass(), place / "out.mp4", video=SLOW, settings=settings,
            on_progress=lambda _: under_way.set(),
        )
    )  # fmt: skip
    await under_way.wait()
    assert renderers(place / "out.mp4")
    rendering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert renderers(place / "out.mp4") == []
    assert list(place.iterdir()) == []


async def test_a_stopped_ffmpeg_is_killed_too(bench: Bench, settings: RenderingSettings) -> None:
    source, output = bench.clip(seconds=12, picture=MOVING), bench.folder / "out.mp4"

    def freeze(_: RenderProgress) -> None:
        # A stopped process does not hear SIGTERM.
        renderers(output)[0].suspend()
        rendering.cancel()

    rendering = asyncio.create_task(
        burn_in(source, ass(), output, video=SLOW, settings=settings, on_progress=freeze)
    )
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert renderers(output) == []


async def test_a_listener_that_fails_ends_the_rendering(bench: Bench, settings: RenderingSettings) -> None:
    source, output = bench.clip(seconds=12, picture=MOVING), bench.folder / "out.mp4"

    async def lost(_: RenderProgress) -> None:
        raise LookupError("the job was taken over")

    with pytest.raises(LookupError, match="taken over"):
        await burn_in(source, ass(), output, video=SLOW, settings=settings, on_progress=lost)
    assert renderers(output) == []
    assert not output.exists()


async def test_a_killed_ffmpeg_is_a_fault_that_can_pass(bench: Bench, settings: RenderingSettings) -> None:
    source, output = bench.clip(seconds=12, picture=MOVING), bench.folder / "out.mp4"

    def kill(_: RenderProgress) -> None:
        for process in renderers(output):
            process.kill()

    with pytest.raises(RenderingFailed, match="signal 9"):
        await burn_in(source, ass(), output, video=SLOW, settings=settings, on_progress=kill)


async def test_kill_9_of_the_worker_takes_ffmpeg_along_and_the_next_run_is_whole(
    bench: Bench, settings: RenderingSettings
) -> None:
    source, place = bench.clip(seconds=12, picture=MOVING), bench.folder / "place"
    place.mkdir()
    script = bench.folder / "captions.ass"
    script.write_text(ass())
    output = place / "out.mp4"
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _WORKER, str(source), str(script), str(output), "slow"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert worker.stdout is not None
    await worker.stdout.readline()
    assert renderers(output)
    worker.kill()
    await worker.communicate()
    assert await until_gone(output) < 2
    assert not output.exists()
    assert len(list(place.iterdir())) == 1

    await burn_in(source, ass(), output, video=QUICK, settings=settings)
    assert list(place.iterdir()) == [output]
    undisturbed = bench.folder / "undisturbed.mp4"
    await burn_in(source, ass(), undisturbed, video=QUICK, settings=settings)
    assert _digest(output) == _digest(undisturbed)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
