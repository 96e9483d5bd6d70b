"""The child's side of a film: what its engine tells the host while it draws, and asks."""

import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from surtitle.engines.host.frames import receive_blocking
from surtitle.engines.host.messages import (
    ASIDES,
    CheckpointKept,
    CheckpointMade,
    FilmProgressed,
    Reply,
    StopDrawing,
)
from surtitle.engines.protocols import EngineCancelled

_PROGRESS_EVERY_SECONDS = 0.2


class DrawingControl:
    """The `FilmControl` of a film that is drawn here. Its methods may be called from any thread."""

    def __init__(
        self, end: socket.socket, send: Callable[[Reply], None], checkpoint: Mapping[str, Any] | None
    ) -> None:
        self._end = end
        self._send = send
        self._checkpoint = checkpoint
        self._turn = threading.RLock()
        self._cancelled = False
        self._told_at = float("-inf")

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        return self._checkpoint

    def progress(self, fraction: float, *, frames_per_second: float | None = None) -> None:
        """Tell it, at most five times a second: an engine may report every frame."""
        now = time.monotonic()
        with self._turn:
            if now - self._told_at >= _PROGRESS_EVERY_SECONDS:
                self._told_at = now
                self._send(FilmProgressed(fraction, frames_per_second))

    def is_cancelled(self) -> bool:
        with self._turn:
            while not self._cancelled and select.select([self._end], [], [], 0)[0]:
                self._hear()
            return self._cancelled

    def save(self, checkpoint: Mapping[str, Any]) -> None:
        """Raises `EngineCancelled` when the host has gone: then nothing was saved for certain."""
        with self._turn:
            self._send(CheckpointMade(dict(checkpoint)))
            while not self._hear():
                pass
            self._checkpoint = dict(checkpoint)

    def _hear(self) -> bool:
        """Take in one word of the host; whether it said that a checkpoint is kept."""
        body = receive_blocking(self._end)
        if body is None:
            self._cancelled = True
            raise EngineCancelled("The host has gone.")
        aside = ASIDES.validate_json(body)
        if isinstance(aside, StopDrawing):
            self._cancelled = True
        return isinstance(aside, CheckpointKept)
