"""One child process, seen from the host."""

import asyncio
import contextlib
import contextvars
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
from surtitle.engines.host.lines import LONGEST_LINE, MARK, retold
from surtitle.engines.host.messages import (
    ASIDES,
    ORDERS,
    REPLIES,
    Aside,
    Failed,
    Order,
    Reply,
    Request,
    Timed,
)
from surtitle.engines.host.surroundings import engine_environment
from surtitle.observability import tracing
from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.observability.lineage import TraceParent, line_ids
from surtitle.observability.tracing import Fact, Facts, Kind, Span

output = logging.getLogger(ENGINE_OUTPUT)

_CHILD_MODULE = "surtitle.engines.host.child"
_KEPT_LINES = 20
_KEPT_CHARACTERS = 500
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
        # Not in the context of whoever started it, whose ids its lines would then carry for ever.
        self._listening = asyncio.create_task(self._listen(), context=contextvars.Context())
        self._span: Span | None = None
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
                    str(logging.getLogger("surtitle").getEffectiveLevel()),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                    pass_fds=(theirs.fileno(),),
                    env=engine_environment(gpu),
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
        self._span = span = _span_of(request, self.pid)
        parent = TraceParent.read(span.traceparent)
        is_traced = tracing.is_on() and parent is not None and parent.sampled
        ids = dict(line_ids())
        if is_traced and parent is not None:
            ids |= {"trace_id": parent.trace_id, "span_id": parent.span_id}
        await self._write(ORDERS.dump_json(Order(request, ids, is_traced)))

    async def tell(self, aside: Aside) -> None:
        """Say something to a child that is busy."""
        await self._write(ASIDES.dump_json(aside))

    async def _write(self, body: bytes) -> None:
        self._writer.write(frames.frame(body))
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def answer(self) -> Reply:
        """The next reply. Raises `EngineDied` when the child ended without one."""
        while isinstance(reply := await self._reply(), Timed):
            if self._span is not None:
                facts = {Fact.PROCESS: self.pid}
                self._span.stretch(f"engine {reply.what}", reply.began_ns, reply.ended_ns, facts)
        if isinstance(reply, Failed):
            self._end_span(failed=reply.classes[0].rpartition(".")[2])
        elif not self.busy:
            self._end_span()
        return reply

    async def _reply(self) -> Reply:
        body = await frames.receive(self._reader)
        if body is None:
            self._end_span(failed=EngineDied.__name__)
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
        if self._span is not None:
            self._span.tell({Fact.OUTCOME: "stopped"})
            self._end_span()
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
            rest = rest[-LONGEST_LINE:]
            for line in lines:
                self._keep(line)
        self._keep(rest)

    def _keep(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip(" \t\v\f")
        # A progress bar may stand before it in the same line.
        before, mark, told = text.partition(MARK)
        words = retold(told, self.pid) if mark else None
        if words is not None:
            self._lines.append(words[:_KEPT_CHARACTERS])
            text = before
        if text := text.strip()[:_KEPT_CHARACTERS]:
            self._lines.append(text)
            output.debug("engine child %s: %s", self.pid, text)

    def _end_span(self, *, failed: str | None = None) -> None:
        span, self._span = self._span, None
        if span is not None:
            if failed is not None:
                span.failed(failed)
            span.end()


def _span_of(request: Request, pid: int) -> Span:
    """From asking to the last answer. Not in a block: answers come as pieces of an iterator."""
    setup = request.engine.setup
    facts: Facts = {
        Fact.ENGINE: setup.engine,
        Fact.MODEL: setup.model,
        Fact.DEVICE: setup.device,
        Fact.COMPUTE_TYPE: setup.compute_type,
        Fact.PROCESS: pid,
    }
    return tracing.begin(f"engine {request.kind}", kind=Kind.CLIENT, facts=facts)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
