"""The host's side of a film: hears the child, keeps its checkpoints, and stops it in order."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surtitle.domain.films import FilmRequest
from surtitle.engines.host.keeper import ChildKeeper, StepDown
from surtitle.engines.host.messages import (
    CheckpointKept,
    CheckpointMade,
    DrawFilm,
    Drawn,
    EngineRecipe,
    Failed,
    FilmProgressed,
    StopDrawing,
)
from surtitle.engines.protocols import EngineCancelled, EngineSetup
from surtitle.engines.registry import EngineSpec

OnFilmProgress = Callable[[float, float | None], Awaitable[None]]
"""Hears how far a film is, 0..1, and how many frames a second are drawn."""

SaveCheckpoint = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Keeps a checkpoint. When it returns, the checkpoint survives the death of every process of ours."""

_SERVER_GRACE_SECONDS = 3.0
_CANCELLED = f"{EngineCancelled.__module__}.{EngineCancelled.__qualname__}"


@dataclass(frozen=True, slots=True)
class FilmListener:
    """Who hears of a film while it is drawn. `is_unwanted` is asked when the call is cancelled."""

    on_progress: OnFilmProgress
    save_checkpoint: SaveCheckpoint
    is_unwanted: Callable[[], Awaitable[bool]] | None = None
    on_step_down: StepDown | None = None


class FilmDrawing:
    """One film, from its request to its last frame. Use within a turn of the keeper."""

    def __init__(
        self,
        keeper: ChildKeeper,
        spec: EngineSpec,
        listener: FilmListener,
        checkpoint: Mapping[str, Any] | None,
    ) -> None:
        self._keeper = keeper
        self._spec = spec
        self._listener = listener
        self._checkpoint = dict(checkpoint) if checkpoint is not None else None

    async def draw(self, setup: EngineSetup, request: FilmRequest, output: Path) -> tuple[str, ...]:
        # A frame that is half read when this call is cancelled would be lost: the conversation is a task of
        # its own, and goes on until the child has been asked to stop.
        conversation = asyncio.create_task(self._conversation(setup, request, output))
        try:
            return await asyncio.shield(conversation)
        except asyncio.CancelledError:
            await self._stop(conversation)
            raise
        finally:
            conversation.cancel()
            await asyncio.wait({conversation})
            if not conversation.cancelled():
                # Heard here or by nobody: after a cancellation it interests no one.
                conversation.exception()

    async def _conversation(self, setup: EngineSetup, request: FilmRequest, output: Path) -> tuple[str, ...]:
        while True:
            recipe = EngineRecipe(setup, self._spec.factory, self._spec.wrapper, self._spec.extra)
            await self._keeper.ask(DrawFilm(recipe, request, output, self._checkpoint))
            reply = await self._last_reply(setup)
            if isinstance(reply, Drawn):
                # `Done` follows.
                await self._keeper.answer(setup)
                return reply.warnings
            assert isinstance(reply, Failed)
            if _CANCELLED in reply.classes:
                raise EngineCancelled(reply.message)
            setup = await self._keeper.lighter(self._spec, setup, reply, self._listener.on_step_down)

    async def _last_reply(self, setup: EngineSetup) -> object:
        while True:
            match reply := await self._keeper.answer(setup):
                case FilmProgressed():
                    await self._listener.on_progress(reply.fraction, reply.frames_per_second)
                case CheckpointMade():
                    await self._listener.save_checkpoint(reply.checkpoint)
                    self._checkpoint = reply.checkpoint
                    await self._keeper.tell(CheckpointKept())
                case _:
                    return reply

    async def _stop(self, conversation: "asyncio.Task[tuple[str, ...]]") -> None:
        """Let the engine clean up, if the film is not wanted any more. When only this worker stops, another
        goes on with it from the checkpoint, and what a server computes for it must not be called off.
        """
        unwanted = self._listener.is_unwanted
        if unwanted is None or not await unwanted():
            return
        await self._keeper.tell(StopDrawing())
        # A server has to be told, or it goes on and is paid for.
        at_least = _SERVER_GRACE_SECONDS if self._spec.needs_endpoint else 0.0
        await asyncio.wait({conversation}, timeout=max(self._keeper.grace_seconds, at_least))
