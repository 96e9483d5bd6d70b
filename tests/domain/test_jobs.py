from itertools import product

import pytest

from surtitle.domain.jobs import FINISHED, JobState, may_move, sources_of

ALLOWED = {
    ("created", "queued"),
    ("created", "cancelled"),
    ("queued", "running"),
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
