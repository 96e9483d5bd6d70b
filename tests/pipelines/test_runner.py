from typing import Any

import pytest
from tests.jobs.table import JobTable

from surtitle.domain.jobs import EventType
from surtitle.domain.options import TranscriptJobOptions
from surtitle.domain.recipes import RECIPES, Recipe, StepName, StepSpec
from surtitle.errors import Busy, Invalid
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Failure
from surtitle.pipelines.runner import RecipeRunner
from surtitle.pipelines.step import StepContext


class Recorded:
    """A step that notes its runs and may fail."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.runs = 0
        self.fault = fault

    async def run(self, context: StepContext[Any]) -> None:
        self.runs += 1
        await context.progress(0.5)
        if self.fault is not None:
            raise self.fault
        await context.work.save(f"{context.name}.txt", b"done", media_type="text/plain")


@pytest.fixture
def optional_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = (StepSpec(StepName.TRANSCRIPTION, 1.0), StepSpec(StepName.RENDERING, 1.0, optional=True))
    recipe = Recipe("transcript", "for a test", steps, TranscriptJobOptions, "transcript.txt")
    monkeypatch.setitem(RECIPES, "transcript", recipe)


async def test_each_step_runs_once_in_order_and_the_results_are_told(table: JobTable) -> None:
    first, second = Recorded(), Recorded()
    runner = RecipeRunner({StepName.TRANSCRIPTION: first, StepName.SUBTITLES: second}, tries=4)
    await table.add(recipe="subtitles")
    told = await runner.run(await table.work(await table.claim()))
    assert told == {
        "recipe": "subtitles",
        "artifacts": ["subtitles.txt", "transcription.txt"],
        "transcript_id": None,
    }
    assert (first.runs, second.runs) == (1, 1)


async def test_a_job_that_runs_again_begins_after_the_last_finished_step(table: JobTable) -> None:
    first, second = Recorded(), Recorded(fault=Busy("come back"))
    runner = RecipeRunner({StepName.TRANSCRIPTION: first, StepName.SUBTITLES: second}, tries=4)
    await table.add(recipe="subtitles")
    work = await table.work(await table.claim())
    with pytest.raises(Busy):
        await runner.run(work)
    await table.queue.hand_back(work.claim)
    second.fault = None
    await runner.run(await table.work(await table.claim()))
    assert (first.runs, second.runs) == (1, 2)


@pytest.mark.usefixtures("optional_rendering")
async def test_an_optional_step_that_cannot_be_done_becomes_a_warning(table: JobTable) -> None:
    rendering = Recorded(fault=Invalid("no picture"))
    runner = RecipeRunner({StepName.TRANSCRIPTION: Recorded(), StepName.RENDERING: rendering}, tries=4)
    job = await table.add()
    told = await runner.run(await table.work(await table.claim()))
    assert told["artifacts"] == ["transcription.txt"]
    assert (EventType.WARNING, {"detail": "no picture", "step": "rendering"}) in await table.events(job.id)


@pytest.mark.usefixtures("optional_rendering")
async def test_a_passing_fault_of_an_optional_step_is_tried_again_first(table: JobTable) -> None:
    rendering = Recorded(fault=Busy("come back"))
    runner = RecipeRunner({StepName.TRANSCRIPTION: Recorded(), StepName.RENDERING: rendering}, tries=2)
    await table.add()
    work = await table.work(await table.claim())
    with pytest.raises(Busy):
        await runner.run(work)
    await table.queue.fail(work.claim, Failure("busy", "come back", passing=True))
    again = None
    while again is None:
        again = await table.queue.claim(Offer(), Owner.this_process())
    assert (await runner.run(await table.work(again)))["artifacts"] == ["transcription.txt"]
    assert rendering.runs == 2


async def test_progress_is_the_whole_jobs(table: JobTable) -> None:
    runner = RecipeRunner({StepName.TRANSCRIPTION: Recorded(), StepName.SUBTITLES: Recorded()}, tries=4)
    job = await table.add(recipe="subtitles")
    await runner.run(await table.work(await table.claim()))
    told = [data for kind, data in await table.events(job.id) if kind is EventType.PROGRESS]
    assert told == [{"progress": pytest.approx(0.495, abs=0.01), "step": "transcription"}]


@pytest.mark.usefixtures("optional_rendering")
async def test_a_fault_that_nobody_foresaw_costs_the_optional_step_alone(table: JobTable) -> None:
    rendering = Recorded(fault=KeyError("frame"))
    runner = RecipeRunner({StepName.TRANSCRIPTION: Recorded(), StepName.RENDERING: rendering}, tries=1)
    job = await table.add()
    told = await runner.run(await table.work(await table.claim()))
    assert told["artifacts"] == ["transcription.txt"]
    warnings = [data["detail"] for kind, data in await table.events(job.id) if kind is EventType.WARNING]
    assert len(warnings) == 1
    assert "(KeyError)" in warnings[0]


async def test_steps_that_were_turned_off_tell_nothing_of_their_pace(table: JobTable) -> None:
    runner = RecipeRunner({spec.name: Recorded() for spec in RECIPES["meeting"].steps}, tries=4)
    words_only = {"diarization": {"enabled": False}, "minutes": {"enabled": False}}
    await table.add(recipe="meeting", options=words_only)
    work = await table.work(await table.claim())
    for name in await work.steps():
        await work.end_step(name, 15.0 if name == "transcription" else 0.0)
    await table.queue.succeed(work.claim, {})

    async def first_told(**options: Any) -> float:
        job = await table.add(recipe="meeting", options=options)
        claim = await table.claim()
        await runner.run(await table.work(claim))
        told = [data["progress"] for kind, data in await table.events(job.id) if kind is EventType.PROGRESS]
        await table.queue.fail(claim, Failure("invalid", "over", passing=False))
        return float(told[0])

    assert await first_told(**words_only) == pytest.approx(0.5)
    assert await first_told() == pytest.approx(0.5 * 10 / 16.8, abs=0.001)


async def test_progress_goes_by_the_pace_of_the_projects_last_jobs(table: JobTable) -> None:
    steps = {StepName.TRANSCRIPTION: Recorded(), StepName.SUBTITLES: Recorded()}
    runner = RecipeRunner(steps, tries=4)
    before = await table.add(recipe="subtitles")
    claim = await table.claim()
    work = await table.work(claim)
    for name, seconds in (("transcription", 15.0), ("subtitles", 45.0)):
        await work.end_step(name, seconds)
    await table.queue.succeed(claim, {})
    job = await table.add(recipe="subtitles")
    assert job.id != before.id
    await runner.run(await table.work(await table.claim()))
    told = [data["progress"] for kind, data in await table.events(job.id) if kind is EventType.PROGRESS]
    assert told == [pytest.approx(0.125)]
