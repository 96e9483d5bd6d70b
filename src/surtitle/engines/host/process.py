"""One child process, seen from the host."""

import asyncio
import contextlib
import logging
import os
import re
import signal
import sys
from collections import deque
from typing import Self

from pydantic import ValidationError

from surtitle.engines.errors import EngineDied, EngineFailed
from surtitle.engines.host import frames
from surtitle.engines.host.messages import ASIDES, REPLIES, REQUESTS, Aside, Reply, Request

log = logging.getLogger(__name__)

_CHILD_MODULE = "surtitle.engines.host.child"
_KEPT_LINES = 20
_LONGEST_LINE = 500
# A child that closed its channel is on its way out; one that is not gone by then is made to go.
_EXIT_SECONDS = 2.0


class ChildProcess:
    """A running child. `busy` from a request until its `Done` or `Failed` has been read."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._listening = asyncio.create_task(self._listen())
        self.busy = False

    @classmethod
    async def start(cls, gpu: str | None = None) -> Self:
        """A new child, able to take a request; it sees only the card `gpu`, or all if None.

        Call from the main thread (see `processes`).
        """
        ours, theirs = frames.channel()
        with theirs:
            reader, writer = await asyncio.open_connection(sock=ours, limit=frames.BUFFER_BYTES)
            try:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-P", "-m", _CHILD_MODULE, str(theirs.fileno()), str(os.getpid())),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(gpu),
                    # Ctrl-C in a terminal reaches the worker alone, which stops its child in order.
                    start_new_session=True,
                )
            except BaseException:
                writer.close()
                raise
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None and not self._reader.at_eof()

    async def ask(self, request: Request) -> None:
        """Send `request`. A child that is gone shows when its answer is read."""
        self.busy = True
        await self._write(REQUESTS.dump_json(request))

    async def tell(self, aside: Aside) -> None:
        """Say something to a child that is busy."""
        await self._write(ASIDES.dump_json(aside))

    async def _write(self, body: bytes) -> None:
        self._writer.write(frames.frame(body))
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def answer(self) -> Reply:
        """The next reply. Raises `EngineDied` when the child ended without one."""
        body = await frames.receive(self._reader)
        if body is None:
            raise await self._obituary()
        try:
            reply = REPLIES.validate_json(body)
        except ValidationError as error:
            # Types and NaN are the engine's own; what it built passes here unchecked until now.
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise EngineFailed(f"The engine's answer makes no sense: {where}: {first['msg']}.") from error
        self.busy = reply.kind not in {"done", "failed"}
        return reply

    async def stop(self, grace_seconds: float) -> None:
        """End the child: SIGTERM, and SIGKILL after `grace_seconds`. Returns when it is reaped."""
        self._writer.close()
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), grace_seconds)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()
        # A grandchild of a plugin may hold the pipe open for ever; we do not wait for its last words.
        self._listening.cancel()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _obituary(self) -> EngineDied:
        try:
            code = await asyncio.wait_for(self._process.wait(), _EXIT_SECONDS)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            code = await self._process.wait()
        await asyncio.wait({self._listening}, timeout=_EXIT_SECONDS)
        how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        last = f" Its last words: {self._lines[-1]}" if self._lines else ""
        return EngineDied(f"The engine process {how} in the middle of its work.{last}", exit_code=code)

    async def _listen(self) -> None:
        """Pass what the child prints on to the log, and keep its end. Never blocks the child."""
        assert self._process.stderr is not None
        rest = b""
        while piece := await self._process.stderr.read(4096):
            # Progress bars end their lines with a carriage return, and some never end them at all.
            *lines, rest = re.split(rb"[\r\n]+", rest + piece)
            rest = rest[-_LONGEST_LINE:]
            for line in lines:
                self._keep(line)
        self._keep(rest)

    def _keep(self, line: bytes) -> None:
        if text := line.decode("utf-8", "replace").strip()[:_LONGEST_LINE]:
            self._lines.append(text)
            log.debug("engine child %s: %s", self.pid, text)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _environment(gpu: str | None) -> dict[str, str]:
    # What the host can import, the child can: plugins may stand on a path that only the host was given.
    # "" would be the working directory, where anyone may have left a file named as a library.
    path = os.pathsep.join(entry for entry in sys.path if entry)
    alone = {"CUDA_VISIBLE_DEVICES": gpu} if gpu else {}
    return os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"} | alone
