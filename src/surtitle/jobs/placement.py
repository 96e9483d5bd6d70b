"""Where a job may run: its queue, and what it asks of a worker. Settled when it is accepted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from surtitle.domain.options import Options
from surtitle.errors import Invalid
from surtitle.jobs.offer import CPU, Needs


@dataclass(frozen=True, slots=True)
class Place:
    """A queue, and what a worker of it must have."""

    queue: str = CPU
    needs: Needs = field(default_factory=Needs)


PlaceJob = Callable[[Options, bool], Place]
"""The place of a job with these options; the flag tells whether it listens to a recording."""


def anywhere(_options: Options, _listens: bool) -> Place:
    """Any worker will do."""
    return Place()


class NoSuchQueue(Invalid):
    """The queue that was asked for is none of this installation's."""

    slug = "no-such-queue"

    def __init__(self, name: str, existing: Sequence[str]) -> None:
        super().__init__(
            f"There is no queue {name[:64]!r}; there are {', '.join(existing)}. Leave it out for the usual "
            "one. An administrator adds one with SURTITLE_JOBS__QUEUES.",
            field="queue",
        )
