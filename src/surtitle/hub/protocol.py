"""What a hub promises."""

from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

QUEUE = "queue"
"""The topic of work that waits to be claimed."""


def job_topic(job_id: UUID) -> str:
    """The topic of one job's events and of the wish to cancel it."""
    return f"job:{job_id}"


class Listener(Protocol):
    """One party that waits for a topic. A hint that comes between two waits is kept."""

    async def wait(self, timeout_seconds: float) -> None:
        """Return when the topic was woken since the last wait, at the latest after the timeout."""
        ...


class Hub(Protocol):
    """Wakes those who listen to a topic."""

    def wake(self, topic: str) -> None:
        """Tell everyone who listens to `topic`. Never raises, never blocks."""
        ...

    def listen(self, topic: str) -> AbstractContextManager[Listener]:
        """Listen while the block lasts. Listen first, then look, then wait: nothing is missed."""
        ...
