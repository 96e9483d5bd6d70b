"""What takes long and was asked for on a page."""

import asyncio
import threading

import pytest

from surtitle.api.errands import Errand, Errands, Progress, in_thread
from surtitle.errors import Unavailable


async def _ended(errand: Errand) -> None:
    while errand.is_under_way:  # noqa: ASYNC110  nobody else waits for one
        await asyncio.sleep(0.01)


async def test_who_asks_for_what_is_under_way_is_shown_that() -> None:
    errands, go, begun = Errands(), asyncio.Event(), []

    async def act(errand: Errand) -> str:
        begun.append(errand)
        await go.wait()
        return "done"

    first, second = errands.begin("look", act), errands.begin("look", act)
    assert first is second
    go.set()
    await _ended(first)
    assert (first.outcome, first.problem, len(begun)) == ("done", "", 1)
    assert errands.begin("look", act) is not first


async def test_a_failure_is_told_and_says_no_more_than_people_may_know(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errands = Errands()

    async def away(_errand: Errand) -> None:
        raise Unavailable("No source has it.")

    async def faulty(_errand: Errand) -> None:
        raise ValueError("/secret/path")

    told, hidden = errands.begin("a", away), errands.begin("b", faulty)
    await _ended(told)
    await _ended(hidden)
    assert told.problem == "No source has it."
    assert "secret" not in hidden.problem
    assert "secret" in caplog.text


async def test_work_in_a_thread_tells_how_far_it_is_and_ends_when_it_is_given_up() -> None:
    errands, goes_on, ended = Errands(), threading.Event(), threading.Event()

    def work(tell: Progress) -> None:
        try:
            tell(1, 2, "half")
            goes_on.wait(10)
            tell(2, 2, "whole")
        finally:
            ended.set()

    errand = errands.begin("pull", lambda one: in_thread(work, one))
    while errand.done != 1:  # noqa: ASYNC110  the thread tells nobody else
        await asyncio.sleep(0.01)
    assert (errand.total, errand.what) == (2, "half")
    await errands.close()
    goes_on.set()
    assert await asyncio.to_thread(ended.wait, 10)
    assert not errand.is_under_way
    assert errand.done == 1, "it went no further"
