"""The life of a fetch."""

from enum import StrEnum


class FetchState(StrEnum):
    """`waiting ⇄ running → succeeded | failed | cancelled`."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({FetchState.WAITING, FetchState.RUNNING})
