from itertools import product

import pytest

from surtitle.domain.jobs import (
    FINISHED,
    JobState,
    RedoneStep,
    StepState,
    may_move,
    sources_of,
    state_when_cancelled,
    steps_when_cancelled,
)

PENDING, RUNNING, DONE, FAILED = StepState
# As in a meeting: words, voices, names, joining, minutes, result.
OPTIONAL = (False, True, True, False, True, False)

ALLOWED = {
    ("created", "queued"),
    ("created", "cancelled"),
    ("queued", "running"),
    ("queued", "succeeded"),
    ("queued", "cancelled"),
    ("running", "queued"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("running", "cancelled"),
    ("succeeded", "queued"),
    ("failed", "queued"),
    ("cancelled", "queued"),
}


@pytest.mark.parametrize(("current", "target"), list(product(JobState, JobState)))
def test_only_the_moves_of_the_diagram_are_allowed(current: JobState, target: JobState) -> None:
    assert may_move(current, target) is ((current.value, target.value) in ALLOWED)


def test_a_succeeded_job_only_goes_back_for_a_step_that_it_did_without() -> None:
    assert [target for target in JobState if may_move(JobState.SUCCEEDED, target)] == [JobState.QUEUED]


def test_sources_are_the_moves_read_backwards() -> None:
    for target in JobState:
        assert sources_of(target) == {state for state in JobState if may_move(state, target)}


def test_three_states_are_final() -> None:
    assert {state.value for state in FINISHED} == {"succeeded", "failed", "cancelled"}


def test_a_job_that_has_succeeded_cannot_be_cancelled_out_of_it() -> None:
    assert state_when_cancelled(has_succeeded=True) is JobState.SUCCEEDED
    assert state_when_cancelled(has_succeeded=False) is JobState.CANCELLED
    for now in (JobState.QUEUED, JobState.RUNNING):
        assert all(may_move(now, state_when_cancelled(has_succeeded=once)) for once in (True, False))


@pytest.mark.parametrize("at", [PENDING, RUNNING])
def test_a_step_that_was_left_out_is_left_out_again_and_all_else_is_as_it_was(at: StepState) -> None:
    steps = [
        RedoneStep(DONE), RedoneStep(at, True, left_out=True), RedoneStep(PENDING, True), RedoneStep(PENDING),
        RedoneStep(PENDING, True, left_out=True), RedoneStep(PENDING),
    ]  # fmt: skip
    assert steps_when_cancelled(steps) == [DONE, FAILED, DONE, DONE, FAILED, DONE]


def test_what_was_stopped_after_the_step_that_was_asked_for_can_be_had_by_the_last_that_is_optional() -> None:
    steps = [RedoneStep(state, optional) for state, optional in zip(
        (DONE, DONE, DONE, RUNNING, PENDING, PENDING), OPTIONAL, strict=True
    )]  # fmt: skip
    assert steps_when_cancelled(steps) == [DONE, DONE, FAILED, PENDING, PENDING, PENDING]


def test_files_that_went_by_their_age_are_made_anew_for_the_step_that_was_left_out() -> None:
    steps = [RedoneStep(PENDING, optional) for optional in OPTIONAL]
    steps[4] = RedoneStep(PENDING, True, left_out=True)
    assert steps_when_cancelled(steps) == [PENDING, PENDING, PENDING, PENDING, FAILED, PENDING]


@pytest.mark.parametrize("left_out", list(product((False, True), repeat=3)))
def test_whatever_is_left_can_be_asked_for(left_out: tuple[bool, bool, bool]) -> None:
    missed = iter(left_out)
    flags = [next(missed) if optional else False for optional in OPTIONAL]
    for states in product(StepState, repeat=len(OPTIONAL)):
        if any(state is FAILED and not may for state, may in zip(states, OPTIONAL, strict=True)):
            continue
        steps = [RedoneStep(*step) for step in zip(states, OPTIONAL, flags, strict=True)]
        after = steps_when_cancelled(steps)
        left = {place for place, state in enumerate(states) if not state.ended}
        assert RUNNING not in after
        assert {place for place, state in enumerate(after) if state is FAILED} <= {1, 2, 4}
        assert all(after[place] is FAILED for place in left if flags[place])
        if not left:
            assert after == list(states)
        else:
            assert any(left <= _done_again(after, place) for place in range(6) if after[place] is FAILED)


def _done_again(steps: list[StepState], wished: int) -> set[int]:
    """The places of the steps that are done when the one at `wished` is asked for."""
    first = next((place for place in range(wished) if steps[place] is PENDING), wished)
    return set(range(first, len(steps)))
