"""What a hub promises."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

QUEUE = "queue"
"""The topic of work that waits to be claimed."""

PATIENCE_SECONDS = 5.0
"""A hint can get lost; this is how long who relies on it may then wait too long."""


def job_topic(job_id: UUID) -> str:
    """The topic of one job's events and of the wish to cancel it."""
    return f"job:{job_id}"


class Listener(Protocol):
    """One party that waits for a topic. A hint that comes between two waits is kept."""

    async def wait(self, timeout_seconds: float) -> None:
        """Return when the topic was woken since the last wait, at the latest after the timeout."""
        ...


class Hub(Protocol):
    """Wakes those who listen to a topic, in this process and where it can in all others."""

    @property
    def reaches_others(self) -> bool:
        """Whether hints come from other processes now."""
        ...

    @property
    def patience_seconds(self) -> float:
        """How long to wait for a hint before looking for oneself: short where `reaches_others` is false."""
        ...

    def wake(self, topic: str) -> None:
        """Tell everyone who listens to `topic`. Never raises, never blocks."""
        ...

    def wake_all(self) -> None:
        """Tell everyone in this process: something changed, and nobody knows what."""
        ...

    def listen(self, topic: str) -> AbstractContextManager[Listener]:
        """Listen while the block lasts. Listen first, then look, then wait: nothing is missed."""
        ...

    def on_wake(self, topic: str, call: Callable[[], None]) -> AbstractContextManager[None]:
        """While the block lasts, call `call` whenever `topic` is woken. It must not block or raise."""
        ...
