"""The life of a job and of its steps: states and the moves between them, nothing else."""

from enum import StrEnum


class JobState(StrEnum):
    """`created → queued → running → succeeded | failed | cancelled`, and back to `queued`."""

    CREATED = "created"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        return self in FINISHED


FINISHED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})

# running → queued is a retry or a lost worker; failed or cancelled → queued is a person's retry, and
# succeeded → queued one of an optional step that the job did without.
TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.CREATED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.QUEUED, *FINISHED}),
    JobState.SUCCEEDED: frozenset({JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.QUEUED}),
    JobState.CANCELLED: frozenset({JobState.QUEUED}),
}


def may_move(current: JobState, target: JobState) -> bool:
    """Whether a job may go from `current` to `target`."""
    return target in TRANSITIONS[current]


def sources_of(target: JobState) -> frozenset[JobState]:
    """The states from which a job may enter `target`: the guard of an UPDATE."""
    return frozenset(state for state, targets in TRANSITIONS.items() if target in targets)


class StepState(StrEnum):
    """A step's life; `failed` only for an optional step whose job went on without it."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class EventType(StrEnum):
    """What a listener of a job can hear."""

    STATE = "state"
    PROGRESS = "progress"
    WARNING = "warning"
    DELTA = "delta"
    SEGMENT = "segment"
    COMPLETED = "completed"
    ERROR = "error"
