"""Whether this process can do its part now: each thing that it needs, looked at afresh."""

import asyncio
import logging
import os
import re
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import ScheduleRun
from surtitle.engines.models import ModelStore
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.errors import Away, SurtitleError, Unavailable
from surtitle.hub import Hub
from surtitle.jobs.owner import machine
from surtitle.jobs.workers import Workers
from surtitle.storage import ObjectStore

log = logging.getLogger(__name__)

_AUTO = "auto"
_PATIENCE_SECONDS = 5.0
# Anybody may ask, as often as they like: the servers behind us hear of it once a second at most.
_FRESH_SECONDS = 1.0
# Some are due every minute.
_SCHEDULES_REST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing. Without a `required` one this process can do nothing; without another it does less."""

    name: str
    ready: bool
    required: bool
    detail: str


class Readiness:
    """Looks for a process that `serves` requests, that `works` on jobs, or that does both."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        store: ObjectStore,
        hub: Hub,
        workers: Workers,
        models: ModelStore,
        registry: EngineRegistry,
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._hub = hub
        self._workers = workers
        self._models = models
        self._registry = registry
        self._looking = asyncio.Lock()
        self._seen: tuple[float, Sequence[Check]] = (-_FRESH_SECONDS, ())

    async def look(self, *, serves: bool, works: bool) -> Sequence[Check]:
        """All checks. One that is not ready says what to do; none raises, none takes long."""
        async with self._looking:
            seen_at, checks = self._seen
            if time.monotonic() - seen_at >= _FRESH_SECONDS:
                checks = await self._look(serves=serves, works=works)
                self._tell_changes(checks)
                self._seen = (time.monotonic(), checks)
            return checks

    async def _look(self, *, serves: bool, works: bool) -> Sequence[Check]:
        looks = [
            _checked("database", self._database_answers()),
            _checked("store", self._store_can_be_written()),
        ]
        if self._settings.hub.url is not None or not self._database.is_sqlite:
            looks.append(_checked("hub", self._hub_carries(), required=False))
        if serves:
            # Without workers of its own a server takes work that others do later.
            looks.append(_checked("workers", self._workers_live(), required=works))
            if self._settings.jobs.schedules == "scheduler":
                looks.append(_checked("schedules", self._schedules_run(), required=False))
        if works:
            looks.append(_checked("model", self._model_is_here()))
        return await asyncio.gather(*looks)

    async def _database_answers(self) -> str:
        async with self._database.reading() as session:
            await session.execute(select(1))
        return "answers"

    async def _store_can_be_written(self) -> str:
        key = probe_key()
        await self._store.put_bytes(key, b"ready")
        await self._store.delete(key)
        return "can be written"

    async def _hub_carries(self) -> str:
        poll = f"every {self._settings.jobs.poll_seconds:g} s"
        if self._settings.hub.url is None:
            return f"none is set; processes look for news {poll}"
        if not self._hub.reaches_others:
            raise Unavailable(f"Redis does not answer; until it does, processes look for news {poll}.")
        return "carries hints"

    async def _workers_live(self) -> str:
        alive = await self._workers.alive()
        if not alive:
            raise Unavailable("No worker is alive, so jobs wait. Start one with `surtitle worker`.")
        if await self._workers.unserved():
            # Which, and what they need, is for those who run the installation: `GET /api/admin/workers`.
            return f"{len(alive)} alive; some jobs wait that no living worker can do"
        return f"{len(alive)} alive"

    async def _schedules_run(self) -> str:
        async with self._database.reading() as session:
            last = await session.scalar(select(func.max(ScheduleRun.started_at)))
        if last is None or utc_now() - last > _SCHEDULES_REST:
            since = f"since {last:%Y-%m-%d %H:%M} (UTC)" if last else "yet"
            raise Unavailable(f"No schedule has been run {since}. Start one process `surtitle scheduler`.")
        return "looked after"

    async def _model_is_here(self) -> str:
        engines = self._settings.engines
        spec = self._registry.named(engines.transcriber, Capability.TRANSCRIBER)
        if not spec.needs_model:
            return f"the engine {spec.name} needs none"
        if engines.model != _AUTO:
            await asyncio.to_thread(self._models.path, engines.model)
            return f"{engines.model} is installed"
        installed = [model.name for model in await asyncio.to_thread(self._models.installed)]
        if not installed:
            raise Unavailable("No model is installed. Fetch one with `surtitle models pull`.")
        return f"installed: {', '.join(installed)}"

    def _tell_changes(self, checks: Sequence[Check]) -> None:
        before = {check.name: check.ready for check in self._seen[1]}
        for check in checks:
            if check.ready != before.get(check.name, True):
                log.warning("%s: %s", check.name, check.detail)


def lacking(checks: Sequence[Check]) -> list[str]:
    """A sentence for each thing without which this process can do nothing."""
    return [f"{check.name}: {check.detail}" for check in checks if check.required and not check.ready]


def probe_key() -> str:
    """What this process writes to see whether the store can be written: always the same object, so that a
    process that dies over it leaves one behind and no more.
    """
    return f"health/{re.sub('[^A-Za-z0-9.]+', '-', machine())}-{os.getpid()}"


async def _checked(name: str, looking: Awaitable[str], *, required: bool = True) -> Check:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return Check(name, ready=True, required=required, detail=await looking)
    except TimeoutError:
        detail = f"It does not answer in {_PATIENCE_SECONDS:g} s."
    except Away as error:
        log.warning("%s is not ready: %s", name, error.message)
        detail = error.for_callers
    except (SQLAlchemyError, OSError) as error:
        # The driver's words can hold addresses and statements: they belong into the log alone.
        log.info("%s is not ready: %s", name, error)
        detail = f"It does not answer ({type(error).__name__}). The log says more."
    except SurtitleError as error:
        detail = error.message
    return Check(name, ready=False, required=required, detail=detail)
