"""The one child of a host: started when it is needed, ended when it is in the way."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from surtitle.config import EngineSettings
from surtitle.engines.errors import EngineDied, NoRoomForEngine
from surtitle.engines.host.failures import understood
from surtitle.engines.host.ladder import describe_step, step_down
from surtitle.engines.host.memory import rss_bytes
from surtitle.engines.host.messages import Aside, CloudUsed, Failed, Request, Resident
from surtitle.engines.host.process import ChildProcess
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import EngineSpec
from surtitle.observability.metrics import EngineMetrics, ResidentModel

log = logging.getLogger(__name__)

StepDown = Callable[[EngineSetup, str], None]
"""Hears the lighter setup that goes on, and a sentence for the person whose job it is."""


@dataclass(slots=True)
class HostFacts:
    """The host at one moment, for metrics. `resident` is what the child holds, None without a child.

    `load_seconds` is how long the last engine took to load; `deaths` counts children that ended
    by themselves, `recycled` those replaced after their share of jobs or past the memory mark.
    `rss_between_bytes` is what the child held between the last two engines: one of them at a time.
    """

    child_pid: int | None = None
    resident: EngineSetup | None = None
    rss_bytes: int = 0
    rss_between_bytes: int = 0
    load_seconds: float = 0.0
    jobs: int = 0
    deaths: int = 0
    recycled: int = 0


class ChildKeeper:
    """Starts, asks, replaces and ends the child. Ask only within a `turn`."""

    def __init__(self, settings: EngineSettings, metrics: EngineMetrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics or EngineMetrics()
        self._metrics.watch(self._held)
        self.gpu: str | None = None
        self._gpu_of_child: str | None = None
        self._turn = asyncio.Lock()
        self._child: ChildProcess | None = None
        self._facts = HostFacts()
        self._jobs_of_child = 0

    @property
    def grace_seconds(self) -> float:
        return self._settings.cancel_grace_seconds

    @property
    def facts(self) -> HostFacts:
        pid = self._child.pid if self._child else None
        return replace(self._facts, child_pid=pid, rss_bytes=rss_bytes(pid) if pid else 0)

    def _held(self) -> ResidentModel | None:
        facts = self.facts
        if facts.resident is None or facts.child_pid is None:
            return None
        setup = facts.resident
        return ResidentModel(setup.engine, setup.model, setup.device, setup.compute_type, facts.rss_bytes)

    def _count_death(self) -> None:
        self._facts.deaths += 1
        self._metrics.child_deaths.inc()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One piece of work after another; however it ends, the child is left in order."""
        async with self._turn:
            try:
                yield
            finally:
                await self._leave_in_order()

    def count_job(self) -> None:
        self._facts.jobs += 1
        self._jobs_of_child += 1

    async def _leave_in_order(self) -> None:
        """However the work ended, no child is left in the middle of a request, worn out or too big."""
        if self._child is not None and (self._child.busy or not self._child.alive):
            await self.drop()
        await self._recycle_if_due()

    async def ask(self, request: Request) -> None:
        if self._child is not None and not self._child.alive:
            self._count_death()
            await self.drop()
        if self._child is not None and self._gpu_of_child != self.gpu:
            await self.drop()
        if self._child is None:
            self._gpu_of_child = self.gpu
            self._child = await ChildProcess.start(self.gpu)
        await self._child.ask(request)

    async def tell(self, aside: Aside) -> None:
        """Say something to the child at work, if it is still there."""
        if self._child is not None and self._child.alive:
            await self._child.tell(aside)

    async def answer(self, setup: EngineSetup) -> object:
        """The next reply but `Resident`, which is taken note of."""
        child = self._child
        if child is None:
            raise EngineDied("The engine host was closed in the middle of this work.")
        try:
            reply = await child.answer()
        except EngineDied:
            self._count_death()
            raise
        if isinstance(reply, CloudUsed):
            self._metrics.cloud.used(reply.use)
            return await self.answer(setup)
        if not isinstance(reply, Resident):
            return reply
        if reply.load_seconds:
            self._metrics.loaded(setup.engine, setup.model, reply.load_seconds)
        self._facts.resident = setup
        self._facts.load_seconds = reply.load_seconds or self._facts.load_seconds
        self._facts.rss_between_bytes = reply.rss_between_bytes or self._facts.rss_between_bytes
        return await self.answer(setup)

    async def lighter(
        self, spec: EngineSpec, setup: EngineSetup, failed: Failed, on_step_down: StepDown | None
    ) -> EngineSetup:
        """The setup to go on with after `failed`. Raises what failed if memory was not the reason."""
        if not failed.out_of_memory:
            raise understood(failed, setup.engine)
        self._metrics.ran_out_of_memory(setup.engine)
        # Freed memory comes back for certain only when its process ends.
        await self.drop()
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
        over_memory = rss_bytes(self._child.pid) > self._settings.memory_mark_bytes
        if over_memory or self._jobs_of_child >= self._settings.recycle_after_jobs:
            log.info(
                "Replacing the engine process: %s.", "memory mark" if over_memory else "its share of jobs"
            )
            self._facts.recycled += 1
            self._metrics.child_recycled.labels("memory" if over_memory else "jobs").inc()
            await self.drop()

    async def drop(self) -> None:
        child, self._child = self._child, None
        self._facts.resident = None
        self._jobs_of_child = 0
        if child is not None:
            # A second cancellation must not leave the child half stopped.
            stopping = asyncio.ensure_future(child.stop(self._settings.cancel_grace_seconds))
            await asyncio.shield(stopping)
