"""Figures that are looked up: what fails or hangs is left out, and nothing else is."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import pytest
from prometheus_client import CollectorRegistry

from surtitle.observability.metrics import Part, Readings, Sample
from surtitle.observability.metrics.readings import Figure

DEPTH, AGE = "surtitle_depth", "surtitle_age"


class Source:
    """Something that is read, or fails, or hangs."""

    def __init__(self, figure: str) -> None:
        self.figure = figure
        self.looks = 0
        self.error: Exception | None = None
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def read(self) -> Sequence[Sample]:
        self.looks += 1
        await self.goes_on.wait()
        if self.error is not None:
            raise self.error
        return [Sample(self.figure, ("cpu",), float(self.looks))]


class Told:
    """Two parts, as Prometheus sees them."""

    def __init__(self, fresh_seconds: float) -> None:
        figures = [Figure(name, "A figure.", ("queue",)) for name in (DEPTH, AGE)]
        self.readings = Readings(figures)
        self.depth, self.age = Source(DEPTH), Source(AGE)
        self.readings.watch(
            [Part("depth", self.depth.read, fresh_seconds), Part("age", self.age.read, fresh_seconds)]
        )
        self.registry = CollectorRegistry()
        self.registry.register(self.readings)

    def value(self, figure: str) -> float | None:
        return self.registry.get_sample_value(figure, {"queue": "cpu"})

    def is_up(self, part: str) -> float | None:
        return self.registry.get_sample_value("surtitle_reading_up", {"part": part})


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    told = Told(fresh_seconds=0.0)
    yield told
    told.depth.goes_on.set()
    await told.readings.close()


async def test_what_was_read_is_told(told: Told) -> None:
    await told.readings.refresh(1.0)
    assert (told.value(DEPTH), told.value(AGE)) == (1.0, 1.0)
    assert (told.is_up("depth"), told.is_up("age")) == (1.0, 1.0)


async def test_a_part_that_fails_is_left_out_and_the_others_are_told(
    told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    await told.readings.refresh(1.0)
    told.depth.error = ConnectionError("no route")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await told.readings.refresh(1.0)
    assert (told.value(DEPTH), told.value(AGE)) == (None, 4.0), "an old number would look new"
    assert (told.is_up("depth"), told.is_up("age")) == (0.0, 1.0)
    assert len(caplog.records) == 1, "said once, not at every scrape"
    told.depth.error = None
    await told.readings.refresh(1.0)
    assert (told.value(DEPTH), told.is_up("depth")) == (5.0, 1.0)


async def test_a_part_that_hangs_keeps_nobody_waiting_and_is_read_once(told: Told) -> None:
    told.depth.goes_on.clear()
    clock = asyncio.get_running_loop().time
    began = clock()
    for _ in range(3):
        await told.readings.refresh(0.05)
    assert clock() - began < 2.0
    assert (told.value(DEPTH), told.is_up("depth")) == (None, 0.0)
    assert told.value(AGE) == 3.0
    assert told.depth.looks == 1, "it is still at its first look"
    told.depth.goes_on.set()
    await told.readings.refresh(1.0)
    assert told.is_up("depth") == 1.0


async def test_many_who_ask_at_once_are_answered_by_one_look() -> None:
    told = Told(fresh_seconds=60.0)
    await asyncio.gather(*(told.readings.refresh(1.0) for _ in range(20)))
    await told.readings.refresh(1.0)
    assert (told.depth.looks, told.age.looks) == (1, 1)


async def test_what_fails_is_looked_for_again_before_it_would_be_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surtitle.observability.metrics.readings._AGAIN_SECONDS", 0.0)
    told = Told(fresh_seconds=3600.0)
    told.depth.error = ConnectionError("no route")
    await told.readings.refresh(1.0)
    told.depth.error = None
    await told.readings.refresh(1.0)
    assert (told.value(DEPTH), told.age.looks) == (2.0, 1)
