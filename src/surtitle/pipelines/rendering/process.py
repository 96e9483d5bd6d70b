"""One run of ffmpeg: progress while it lasts, no trace when it is stopped, an error that explains."""

import asyncio
import contextlib
import inspect
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from surtitle.errors import StorageFull
from surtitle.pipelines.rendering.errors import RenderingFailed, UnreadableVideo
from surtitle.pipelines.rendering.progress import ProgressReader, RenderProgress
from surtitle.processes import tethered

OnProgress = Callable[[RenderProgress], Awaitable[None] | None]

_GRACE_SECONDS = 0.5
_PROGRESS_PERIOD_SECONDS = 0.5
_KEPT_LINES = 200
_LINE_CHARACTERS = 400

_FULL = ("No space left on device", "Disk quota exceeded", "File too large")
_UNREADABLE = (
    "Invalid data found when processing input",
    "moov atom not found",
    "Format not on whitelist",
    "Could not find codec parameters",
    "matches no streams",
)


@dataclass(frozen=True, slots=True)
class FfmpegRun:
    """How a run ended. `complaints` are the last lines that it wrote to its error stream."""

    done_seconds: float
    frames: int
    complaints: tuple[str, ...]


async def run_ffmpeg(
    executable: Path,
    arguments: Sequence[str],
    *,
    folder: Path,
    source: Path,
    duration_seconds: float | None = None,
    on_progress: OnProgress | None = None,
    level: str = "error",
    keep: Callable[[str], bool] | None = None,
    memory_bytes: int = 0,
) -> FfmpegRun:
    """Run ffmpeg inside `folder` until it ends. Cancelling stops it within half a second.

    It also ends when this process does, whatever ends that (see `processes.tethered`). `source` is only named
    in errors. `keep` chooses the lines that become `complaints`; without it, the last 200. `memory_bytes` is
    as in `tethered`. Raises `StorageFull`, `UnreadableVideo` or `RenderingFailed`.
    """
    head = ["-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", level]
    watch = ["-progress", "pipe:1", "-stats_period", str(_PROGRESS_PERIOD_SECONDS)]
    process = await _start([str(executable), *head, *watch, *arguments], folder, memory_bytes)
    complaints = asyncio.create_task(_gather_complaints(process, keep))
    reader = ProgressReader(duration_seconds)
    try:
        await _follow(process, reader, on_progress)
        status = await process.wait()
    finally:
        await _end(process)
        said = await complaints
    if status != 0:
        raise _explained(status, said, source)
    return FfmpegRun(reader.done_seconds, reader.frames, said)


async def _start(command: list[str], folder: Path, memory_bytes: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *tethered(command, memory_bytes),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=folder,
        # A group of its own: Ctrl-C in a terminal reaches us first, and we clean up.
        start_new_session=True,
    )


async def _follow(
    process: asyncio.subprocess.Process, reader: ProgressReader, on_progress: OnProgress | None
) -> None:
    assert process.stdout is not None
    async for line in _lines(process.stdout):
        progress = reader.feed(line)
        if progress is not None and on_progress is not None:
            answer = on_progress(progress)
            if inspect.isawaitable(answer):
                await answer


async def _gather_complaints(
    process: asyncio.subprocess.Process, keep: Callable[[str], bool] | None
) -> tuple[str, ...]:
    assert process.stderr is not None
    kept: deque[str] = deque(maxlen=_KEPT_LINES if keep is None else None)
    async for line in _lines(process.stderr):
        if keep is None or keep(line):
            kept.append(line)
    return tuple(kept)


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines of at most 400 characters, however long a hostile file's metadata makes them."""
    rest = b""
    while chunk := await stream.read(65536):
        *whole, rest = (rest + chunk).split(b"\n")
        rest = rest[-65536:]
        for line in whole:
            yield line.decode(errors="replace")[:_LINE_CHARACTERS]
    if rest:
        yield rest.decode(errors="replace")[:_LINE_CHARACTERS]


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask, wait half a second, kill. The kill is sent even if this is itself cancelled."""
    if process.returncode is None:
        _signal_group(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(_GRACE_SECONDS):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        _signal_group(process, signal.SIGKILL)
    await process.wait()


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _explained(
    status: int, complaints: tuple[str, ...], source: Path
) -> StorageFull | UnreadableVideo | RenderingFailed:
    text = "\n".join(complaints)
    if any(mark in text for mark in _FULL):
        return StorageFull(
            f"The disk ran full while {source.name!r} was rendered. Free some space, then retry the job."
        )
    for mark in _UNREADABLE:
        if mark in text:
            return UnreadableVideo(source, mark[0].lower() + mark[1:])
    if status < 0:
        return RenderingFailed(
            f"ffmpeg was killed (signal {-status}) while it rendered {source.name!r}; "
            "the usual cause is too little memory."
        )
    last = "; ".join(complaints[-3:]) or "it gave no reason"
    return RenderingFailed(f"ffmpeg failed on {source.name!r} (exit status {status}): {last}")
