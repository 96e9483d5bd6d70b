"""The host's side: one child, one model in it, and the promises that hold when either fails.

windows = host.transcribe(setup, path, options, WindowCursor())
async with contextlib.aclosing(windows):
    async for window in windows: ...
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from surtitle.config import EngineSettings
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.engines.errors import EngineDied, NoRoomForEngine
from surtitle.engines.host.failures import understood
from surtitle.engines.host.ladder import describe_step, step_down
from surtitle.engines.host.messages import (
    EngineRecipe,
    Failed,
    Outline,
    Outlined,
    Request,
    Resident,
    Spoken,
    Synthesize,
    Transcribe,
    Warm,
    WindowHeard,
)
from surtitle.engines.host.process import ChildProcess
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec

log = logging.getLogger(__name__)

StepDown = Callable[[EngineSetup, str], None]
"""Hears the lighter setup that goes on, and a sentence for the person whose job it is."""


@dataclass(frozen=True, slots=True)
class SpokenFile:
    """A 16-bit mono WAV that `synthesize` wrote."""

    path: Path
    sample_rate_hz: int
    duration_seconds: float


@dataclass(slots=True)
class HostFacts:
    """The host at one moment, for metrics. `resident` is what the child holds, None without a child.

    `load_seconds` is how long the last engine took to load; `deaths` counts children that ended
    by themselves, `recycled` those replaced after their share of jobs or past the memory mark.
    """

    child_pid: int | None = None
    resident: EngineSetup | None = None
    rss_bytes: int = 0
    load_seconds: float = 0.0
    jobs: int = 0
    deaths: int = 0
    recycled: int = 0


class EngineHost:
    """Runs engines in a child process, one request after another.

    Use it from the event loop of the main thread. Cancelling a call, or closing its iterator, ends
    the child within `cancel_grace_seconds`; the next call starts a new one.
    """

    def __init__(self, settings: EngineSettings, registry: EngineRegistry | None = None) -> None:
        self._settings = settings
        self._registry = registry or EngineRegistry(settings.plugin)
        self.gpu: str | None = None
        """The card that the next work is done on; None: the engine sees all."""
        self._gpu_of_child: str | None = None
        self._turn = asyncio.Lock()
        self._child: ChildProcess | None = None
        self._facts = HostFacts()
        self._jobs_of_child = 0

    @property
    def facts(self) -> HostFacts:
        """A fresh reading; `rss_bytes` is 0 without a child."""
        pid = self._child.pid if self._child else None
        return replace(self._facts, child_pid=pid, rss_bytes=_rss_bytes(self._child))

    async def transcribe(
        self,
        setup: EngineSetup,
        sound_path: Path,
        options: TranscriptionOptions,
        start: WindowCursor,
        on_step_down: StepDown | None = None,
        *,
        windows: Sequence[Window] | None = None,
    ) -> AsyncGenerator[RecognizedWindow, None]:
        """The windows of a 16 kHz WAV from `start`, each as soon as it is settled; of a divisible engine
        only those of `windows`, if given.

        Close the iterator when leaving early (`contextlib.aclosing`). `on_step_down` is called each time
        that memory ran out, before a lighter setup goes on from the last window. Raises
        `EngineDied`, `EngineFailed`, `NoRoomForEngine`, and what the engine raises of ours (`Invalid`).
        """
        spec = self._registry.named(setup.engine, Capability.TRANSCRIBER)
        cursor = start
        wanted = None if windows is None else tuple(windows)
        async with self._turn:
            try:
                self._count_job()
                while True:
                    await self._ask(Transcribe(_recipe(spec, setup), sound_path, options, cursor, wanted))
                    while isinstance(reply := await self._answer(setup), WindowHeard):
                        cursor = reply.window.next
                        yield reply.window
                    if not isinstance(reply, Failed):
                        return
                    setup = await self._lighter(spec, setup, reply, on_step_down)
            finally:
                await self._leave_in_order()

    async def outline(
        self, setup: EngineSetup, sound_path: Path, options: TranscriptionOptions, start: int, samples: int
    ) -> tuple[Window, ...]:
        """The windows of a divisible engine that follow sample `start`, until they reach over `samples`.

        Raises as `transcribe` does.
        """
        spec = self._registry.named(setup.engine, Capability.TRANSCRIBER)
        async with self._turn:
            try:
                await self._ask(Outline(_recipe(spec, setup), sound_path, options, start, samples))
                reply = await self._answer(setup)
                if isinstance(reply, Failed):
                    raise understood(reply, setup.engine)
                assert isinstance(reply, Outlined)
                await self._answer(setup)
                return reply.windows
            finally:
                await self._leave_in_order()

    async def synthesize(
        self, setup: EngineSetup, text: str, *, voice: str | None, speed: float, seed: int, output: Path
    ) -> SpokenFile:
        """`text` spoken into a WAV at `output`, which is there whole or not at all.

        Raises as `transcribe` does.
        """
        spec = self._registry.named(setup.engine, Capability.SYNTHESIZER)
        async with self._turn:
            try:
                self._count_job()
                while True:
                    await self._ask(Synthesize(_recipe(spec, setup), text, voice, speed, seed, output))
                    reply = await self._answer(setup)
                    if isinstance(reply, Spoken):
                        await self._answer(setup)
                        return SpokenFile(output, reply.sample_rate_hz, reply.duration_seconds)
                    assert isinstance(reply, Failed)
                    setup = await self._lighter(spec, setup, reply, None)
            finally:
                await self._leave_in_order()

    async def warm(self, setup: EngineSetup) -> None:
        """Have the engine loaded before work comes. Raises as `transcribe` does."""
        spec = self._registry.named(setup.engine)
        async with self._turn:
            try:
                await self._ask(Warm(_recipe(spec, setup)))
                reply = await self._answer(setup)
                if isinstance(reply, Failed):
                    raise understood(reply, setup.engine)
            finally:
                await self._leave_in_order()

    async def close(self) -> None:
        """End the child, also one at work: its caller sees `EngineDied`. May be called again."""
        await self._drop_child()

    def _count_job(self) -> None:
        self._facts.jobs += 1
        self._jobs_of_child += 1

    async def _leave_in_order(self) -> None:
        """However the work ended, no child is left in the middle of a request, worn out or too big."""
        if self._child is not None and (self._child.busy or not self._child.alive):
            await self._drop_child()
        await self._recycle_if_due()

    async def _ask(self, request: Request) -> None:
        if self._child is not None and not self._child.alive:
            self._facts.deaths += 1
            await self._drop_child()
        if self._child is not None and self._gpu_of_child != self.gpu:
            await self._drop_child()
        if self._child is None:
            self._gpu_of_child = self.gpu
            self._child = await ChildProcess.start(self.gpu)
        await self._child.ask(request)

    async def _answer(self, setup: EngineSetup) -> object:
        """The next reply but `Resident`, which is taken note of."""
        child = self._child
        if child is None:
            raise EngineDied("The engine host was closed in the middle of this work.")
        try:
            reply = await child.answer()
        except EngineDied:
            self._facts.deaths += 1
            raise
        if not isinstance(reply, Resident):
            return reply
        self._facts.resident = setup
        self._facts.load_seconds = reply.load_seconds or self._facts.load_seconds
        return await self._answer(setup)

    async def _lighter(
        self, spec: EngineSpec, setup: EngineSetup, failed: Failed, on_step_down: StepDown | None
    ) -> EngineSetup:
        """The setup to go on with after `failed`. Raises what failed if memory was not the reason."""
        if not failed.out_of_memory:
            raise understood(failed, setup.engine)
        # Freed memory comes back for certain only when its process ends.
        await self._drop_child()
        lighter = step_down(setup, spec)
        if lighter is None:
            raise NoRoomForEngine(
                f"{setup.engine} ({setup.model}) does not fit into the memory of this machine, "
                f"even on the {setup.device.upper()} in {setup.compute_type}. Choose a smaller model."
            )
        sentence = describe_step(setup, lighter)
        log.warning("%s", sentence)
        if on_step_down is not None:
            on_step_down(lighter, sentence)
        return lighter

    async def _recycle_if_due(self) -> None:
        if self._child is None:
            return
        over_memory = _rss_bytes(self._child) > self._settings.memory_mark_bytes
        if over_memory or self._jobs_of_child >= self._settings.recycle_after_jobs:
            log.info(
                "Replacing the engine process: %s.", "memory mark" if over_memory else "its share of jobs"
            )
            self._facts.recycled += 1
            await self._drop_child()

    async def _drop_child(self) -> None:
        child, self._child = self._child, None
        self._facts.resident = None
        self._jobs_of_child = 0
        if child is not None:
            # A second cancellation must not leave the child half stopped.
            stopping = asyncio.ensure_future(child.stop(self._settings.cancel_grace_seconds))
            await asyncio.shield(stopping)


def _recipe(spec: EngineSpec, setup: EngineSetup) -> EngineRecipe:
    return EngineRecipe(setup, spec.factory, spec.wrapper, spec.extra)


def _rss_bytes(child: ChildProcess | None) -> int:
    if child is None:
        return 0
    try:
        return int(psutil.Process(child.pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
