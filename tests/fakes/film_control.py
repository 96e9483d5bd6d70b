"""A `FilmControl` that keeps the protocol's whole contract, and lets a process die where a test wants it."""

from collections.abc import Callable, Mapping
from typing import Any


class ProcessDied(BaseException):
    """Stands for kill -9: nothing may catch it."""


class KeptControl:
    """Checkpoints outlive it in `kept`, a list that the next one takes over.

    `dies_before` and `dies_after` are given what is to be saved, and say whether the process dies just then.
    """

    def __init__(
        self,
        kept: list[dict[str, Any]] | None = None,
        *,
        cancelled: Callable[[], bool] = lambda: False,
        dies_before: Callable[[Mapping[str, Any]], bool] = lambda _: False,
        dies_after: Callable[[Mapping[str, Any]], bool] = lambda _: False,
    ) -> None:
        self.kept = kept if kept is not None else []
        self.told: list[float] = []
        self.rates: list[float | None] = []
        self._cancelled = cancelled
        self._dies_before = dies_before
        self._dies_after = dies_after

    def progress(self, fraction: float, *, frames_per_second: float | None = None) -> None:
        assert 0.0 <= fraction <= 1.0
        self.told.append(fraction)
        self.rates.append(frames_per_second)

    def is_cancelled(self) -> bool:
        return self._cancelled()

    @property
    def checkpoint(self) -> Mapping[str, Any] | None:
        return self.kept[-1] if self.kept else None

    def save(self, checkpoint: Mapping[str, Any]) -> None:
        if self._dies_before(checkpoint):
            raise ProcessDied
        self.kept.append(dict(checkpoint))
        if self._dies_after(checkpoint):
            raise ProcessDied
