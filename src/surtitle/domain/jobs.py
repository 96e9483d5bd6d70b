"""The life of a job and of its steps: states and the moves between them, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
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
# succeeded → queued one of an optional step that the job did without, from which it comes back when it is
# cancelled.
TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.CREATED: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.SUCCEEDED, JobState.CANCELLED}),
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


def state_when_cancelled(*, has_succeeded: bool) -> JobState:
    """How a job ends that is cancelled: what it made when it succeeded is there, and so it has succeeded."""
    return JobState.SUCCEEDED if has_succeeded else JobState.CANCELLED


class StepState(StrEnum):
    """A step's life; `failed` only for an optional step whose job went on without it."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        return self in {StepState.DONE, StepState.FAILED}


@dataclass(frozen=True, slots=True)
class RedoneStep:
    """A step of a job that had succeeded and does steps again. `optional`: a job may do without it;
    `left_out`: this one did.
    """

    state: StepState
    optional: bool = False
    left_out: bool = False


def steps_when_cancelled(steps: Sequence[RedoneStep]) -> list[StepState]:
    """The states of a job's steps when it is cancelled while it does some of them again.

    What it did without it does without again. Where anything is left to do, a step at or before it counts as
    failed, if there is an optional one: whoever asks for that gets the rest too.
    """
    left = [place for place, step in enumerate(steps) if not step.state.ended]
    if not left:
        return [step.state for step in steps]
    failed = _failed_when_cancelled(steps, left)
    # Stopped at a step that it had done without, nothing after it has lost what it was made from.
    others = StepState.DONE if steps[left[0]].left_out else StepState.PENDING
    return [
        StepState.FAILED if place in failed else step.state if step.state.ended else others
        for place, step in enumerate(steps)
    ]


def _failed_when_cancelled(steps: Sequence[RedoneStep], left: Sequence[int]) -> set[int]:
    failed = {place for place in left if steps[place].left_out}
    optional = [place for place, step in enumerate(steps) if step.optional]
    if left[0] not in failed and (before := [place for place in optional if place <= left[0]]):
        failed.add(before[-1])
    return failed or set(optional[:1])


class EventType(StrEnum):
    """What a listener of a job can hear."""

    STATE = "state"
    PROGRESS = "progress"
    WARNING = "warning"
    DELTA = "delta"
    SEGMENT = "segment"
    COMPLETED = "completed"
    ERROR = "error"
