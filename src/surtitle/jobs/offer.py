"""What a worker can do: what it asks the queue for, and what the queue measures jobs by."""

from dataclasses import dataclass

CPU = "cpu"
GPU = "gpu"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a job asks of the worker that runs it: an installed engine (empty: none) and memory."""

    engine: str = ""
    memory_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What one slot of a worker can do now; None where it takes any job.

    Queues that were given first do not go before the others: they are looked into by turns.
    """

    queues: tuple[str, ...] = (CPU,)
    engines: frozenset[str] | None = None
    memory_bytes: int | None = None

    def covers(self, queue: str, needs: Needs) -> bool:
        """Whether a job of that queue, with these needs, can be done."""
        return (
            queue in self.queues
            and (not needs.engine or self.engines is None or needs.engine in self.engines)
            and (self.memory_bytes is None or needs.memory_bytes <= self.memory_bytes)
        )
