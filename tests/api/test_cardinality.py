"""Whatever callers, recordings and plugins are called, Prometheus keeps no more series for it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.api.installation import Installation

from surtitle.clock import utc_now
from surtitle.db.job_models import Job, JobStep
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import JobState
from surtitle.ids import new_id

HOSTILE = ('"}} {n}\n# HELP', "' OR {n}=1 --", "name-{n}", "{n}" * 300, "\N{SNOWMAN}{n}")


def named(number: int) -> str:
    return HOSTILE[number % len(HOSTILE)].replace("{n}", str(number))[:60]


async def series(api: Installation) -> list[str]:
    text = (await api.client.get("/metrics")).text
    return [line for line in text.splitlines() if line and not line.startswith("#")]


async def write(api: Installation, first: int, count: int) -> None:
    """Jobs that ended and jobs that wait, each with names of its own."""
    async with api.services.database.writing() as session:
        for number in range(first, first + count):
            session.add(job(recipe=named(number), state=JobState.FAILED, error_kind=named(number)))
            session.add(job(recipe=named(number), state=JobState.QUEUED, queue=named(number)))
            session.add(done := job(recipe="transcript", state=JobState.SUCCEEDED, media_seconds=1.0))
            session.add(
                JobStep(job_id=done.id, name=named(number), position=0, state="done", seconds=float(number))
            )


def job(**values: Any) -> Job:
    ended = values["state"] is not JobState.QUEUED
    return Job(
        id=new_id(),
        project_id=PERSONAL_PROJECT,
        surface="native",
        options={},
        processing_seconds=2.0,
        finished_at=utc_now() + timedelta(seconds=1) if ended else None,
        **values,
    )


async def test_a_thousand_jobs_of_any_name_add_no_series(api: Installation) -> None:
    await write(api, 0, 150)
    before = await once_counted(api, 150)
    await write(api, 1000, 1000)
    assert len(await once_counted(api, 1150)) == len(before), "they are counted all the same"


async def once_counted(api: Installation, failed: int) -> list[str]:
    """The series when so many jobs are counted: a busy machine may take a scrape more for it."""
    wanted = f'surtitle_jobs_finished_total{{recipe="other",state="failed"}} {failed}.0'
    async with asyncio.timeout(30):
        while wanted not in await series(api):  # noqa: ASYNC110  the server has no event for it here
            await asyncio.sleep(0.1)
    # The first scrape is itself a request, with a series of its own.
    return await series(api)


@pytest.mark.parametrize("method", ["GET", "BREW", "GET2"])
async def test_paths_and_methods_of_any_name_add_no_series(api: Installation, method: str) -> None:
    paths = ["/{n}", "/api/jobs/{n}", "/api/projects/{n}/keys", "/v1/{n}?x={n}", "/api/jobs?recipe={n}"]

    async def ask(number: int) -> None:
        for path in paths:
            await api.client.request(method, path.replace("{n}", f"x{number}"))

    await ask(0)
    await series(api)
    before = await series(api)
    for number in range(1, 30):
        await ask(number)
    assert {line.rpartition(" ")[0] for line in await series(api)} == {
        line.rpartition(" ")[0] for line in before
    }


async def test_projects_and_recordings_are_no_labels(api: Installation) -> None:
    before = await series(api)
    for number in range(3):
        recording = await api.bring(f"secret-recording-{number}.wav")
        await api.start(media_id=recording["id"])
        await api.client.post("/api/projects", json={"name": f"secret-project-{number}"})
        await api.finish()
    text = "\n".join(await series(api))
    assert "secret" not in text
    assert str(PERSONAL_PROJECT) not in text
    routes = [line for line in (await series(api)) if "surtitle_http" not in line]
    known = {line.rpartition(" ")[0] for line in before}
    new = {line.rpartition(" ")[0] for line in routes} - known
    # What is observed for the first time has buckets from then on: of one recipe, however many jobs it has.
    assert all('recipe="transcript"' in line for line in new), new
