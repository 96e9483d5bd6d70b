"""Whether work can be done here now: each part that it needs, looked at afresh."""

import asyncio
from collections.abc import Awaitable

from sqlalchemy.exc import SQLAlchemyError

from surtitle.api.native.schemas import Check
from surtitle.api.services import Services
from surtitle.engines.registry import Capability
from surtitle.errors import SurtitleError, Unavailable
from surtitle.ids import new_id

_AUTO = "auto"


async def look_around(services: Services) -> list[Check]:
    """All checks. A failed one says what to do; none raises."""
    return [
        await _checked("database and workers", _workers(services)),
        await _checked("store", _store(services)),
        await _checked("model", _model(services)),
    ]


async def _checked(name: str, looking: Awaitable[str]) -> Check:
    try:
        return Check(name=name, ready=True, detail=await looking)
    except SurtitleError as error:
        return Check(name=name, ready=False, detail=error.message)
    except (SQLAlchemyError, OSError) as error:
        # The driver's words can hold addresses and statements: they belong into the log alone.
        return Check(name=name, ready=False, detail=f"It does not answer ({type(error).__name__}).")


async def _workers(services: Services) -> str:
    alive = await services.figures.workers_alive(services.settings.jobs.lease_seconds)
    if not alive:
        raise Unavailable("No worker is alive, so jobs wait. Start one with `surtitle worker`.")
    return f"{alive} worker(s) alive"


async def _store(services: Services) -> str:
    key = f"health/{new_id()}"
    await services.store.put_bytes(key, b"ready")
    await services.store.delete(key)
    return "can be written"


async def _model(services: Services) -> str:
    engines = services.settings.engines
    spec = services.engines.named(engines.transcriber, Capability.TRANSCRIBER)
    if not spec.needs_model:
        return f"the engine {spec.name} needs none"
    if engines.model != _AUTO:
        await asyncio.to_thread(services.models.path, engines.model)
        return f"{engines.model} is installed"
    installed = [model.name for model in await asyncio.to_thread(services.models.installed)]
    if not installed:
        raise Unavailable("No model is installed. Fetch one with `surtitle models pull`.")
    return f"installed: {', '.join(installed)}"
