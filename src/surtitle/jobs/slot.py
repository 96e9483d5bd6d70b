"""A place of a worker in which one job runs at a time."""

from collections.abc import Sequence
from typing import Protocol

from surtitle.jobs.offer import CPU, Offer


class Slot(Protocol):
    """Asked before each claim what it can do now, and told what came of it."""

    def offer(self) -> Offer | None:
        """What can be done here now, None for nothing. What that takes (a GPU) is held until `keep_for` or
        `leave`.
        """
        ...

    def keep_for(self, engine: str) -> None:
        """A job was claimed that needs this engine (empty: none)."""
        ...

    def leave(self) -> None:
        """Nothing was claimed, or the job has ended: others may have what was held."""
        ...


class OpenSlot:
    """Takes any job of its queues."""

    def __init__(self, queues: Sequence[str] = (CPU,)) -> None:
        self._offer = Offer(tuple(queues))

    def offer(self) -> Offer:
        return self._offer

    def keep_for(self, engine: str) -> None:
        return None

    def leave(self) -> None:
        return None
