"""Examining files in children of their own, which are kept warm and replaced when they die.

libav parses hostile bytes in C. In the server's own process a crash would end every upload and
every stream; in a child it ends one examination. A child takes about half a second to start, which
is why they stay: an examination then costs milliseconds.
"""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from surtitle.media.errors import NoSound, NotMedia
from surtitle.media.excerpts import Span
from surtitle.media.inspection import SourceFacts, read_facts
from surtitle.media.probe import Probe

_PROBE_LIMIT_SECONDS = 30.0
_DECODING_LIMIT_SECONDS = 900.0


class Examiner:
    """What files hold, waveforms and excerpts, from `children` processes at most, started when needed."""

    def __init__(self, children: int = 2) -> None:
        self._children = children
        self._idle: list[Process] = []
        self._probe_turns = asyncio.Semaphore(children)
        # A waveform takes as long as decoding does; it must not hold up uploads.
        self._peaks_turn = asyncio.Semaphore(1)

    async def warm(self) -> None:
        """Start the children before they are needed: each takes half a second to come up."""
        for _ in range(self._children - len(self._idle)):
            self._idle.append(await _start())

    async def probe(self, path: Path) -> Probe:
        """What the file holds. Raises `NotMedia`."""
        async with self._probe_turns:
            body = await self._ask("probe", path, _PROBE_LIMIT_SECONDS)
        return Probe.model_validate_json(body)

    async def inspect(self, path: Path) -> SourceFacts:
        """What a picture of it can be made from. Raises `NotMedia`."""
        async with self._probe_turns:
            return read_facts(await self._ask("inspect", path, _PROBE_LIMIT_SECONDS))

    async def peaks(self, path: Path) -> bytes:
        """The waveform document of `media.peaks`. Raises `NoSound` or `NotMedia`."""
        async with self._peaks_turn:
            return await self._ask("peaks", path, _DECODING_LIMIT_SECONDS)

    async def excerpt(self, path: Path, spans: Sequence[Span], track: int | None = None) -> bytes:
        """The WAV of `media.excerpts`. Raises `NoSound` or `NotMedia`."""
        async with self._peaks_turn:
            return await self._ask("excerpt", path, _DECODING_LIMIT_SECONDS, spans=spans, track=track)

    async def close(self) -> None:
        """End the children. The examiner can be used again; they are then started anew."""
        while self._idle:
            await _end(self._idle.pop())

    async def _ask(self, task: str, path: Path, limit_seconds: float, **wish: Any) -> bytes:
        request = json.dumps({"task": task, "path": str(path), **wish}).encode() + b"\n"
        async with self._child() as child:
            try:
                async with asyncio.timeout(limit_seconds):
                    ok, body = await _exchange(child, request)
            except TimeoutError:
                raise NotMedia(
                    f"took longer than {limit_seconds:.0f} seconds to examine. Send it again when the "
                    "machine is less busy; if that fails too, convert it to MP4, WAV or MP3."
                ) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                raise NotMedia(
                    "made the media libraries crash: it is badly damaged. Convert it to MP4, WAV or MP3."
                ) from None
        if ok:
            return body
        problem = json.loads(body)
        raise (NoSound if problem["slug"] == NoSound.slug else NotMedia)(problem["told"])

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[Process]:
        child = self._idle.pop() if self._idle else None
        if child is None or child.returncode is not None:
            child = await _start()
        try:
            yield child
        except BaseException:
            # Its answer may still be on the way: the next request must not read it.
            await asyncio.shield(_end(child))
            raise
        self._idle.append(child)


async def _start() -> Process:
    # -P: a file called av.py in the folder that Surtitle was started in is not ours to import.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "surtitle.media.child", str(os.getpid())),
        stdin=PIPE,
        stdout=PIPE,
        # Each thread of numpy's would count as memory, and there are as many as the machine has cores.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        # Ctrl-C in a terminal reaches us alone, and we end the child in order.
        start_new_session=True,
    )


async def _exchange(child: Process, request: bytes) -> tuple[bool, bytes]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(request)
    await child.stdin.drain()
    line = await child.stdout.readline()
    if not line.endswith(b"\n"):
        raise asyncio.IncompleteReadError(line, None)
    header = json.loads(line)
    return header["ok"], await child.stdout.readexactly(header["size"])


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
    await child.wait()
