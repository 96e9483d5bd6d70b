"""Steps of a succeeded job that are done again, and somebody who thinks better of it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Artifact
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import EventType, JobState
from surtitle.jobs.milestones import Milestone, Milestones
from surtitle.jobs.queue import Failure, JobQueue
from surtitle.jobs.service import JobService
from surtitle.jobs.work import JobWork

pytestmark = ON_BOTH

WHY = {"detail": "No model is set.", "step": "minutes"}
BEFORE = {
    "transcription": "done", "diarization": "done", "identification": "done", "fusion": "done",
    "minutes": "failed", "result": "done",
}  # fmt: skip


async def held(table: JobTable, *left_out: str) -> UUID:
    """A meeting that succeeded without these steps."""
    job = await table.add(recipe="meeting")
    work = await table.work(await table.claim())
    await work.save("result.json", b"{}", media_type="application/json")
    for name in await work.steps():
        await work.begin_step(name)
        await (work.give_up_step(name, WHY["detail"]) if name in left_out else work.end_step(name, 1.0))
    assert await table.queue.succeed(work.claim, {})
    return job.id


async def states(table: JobTable, job_id: UUID) -> dict[str, str]:
    return {step.name: step.state for step in (await table.service.get(PERSONAL_PROJECT, job_id)).steps}


async def begun(table: JobTable, name: str) -> JobWork:
    """The job at work, at this step."""
    work = await table.work(await table.claim())
    await work.begin_step(name)
    await work.save("notes.json", b"[]", media_type="application/json", kind="work", step=name, cursor={})
    return work


async def while_it_waits(table: JobTable, job_id: UUID) -> None:
    await table.service.cancel(PERSONAL_PROJECT, job_id)


async def while_it_runs(table: JobTable, job_id: UUID) -> None:
    work = await begun(table, "minutes")
    await table.service.cancel(PERSONAL_PROJECT, job_id)
    assert await table.queue.cancelled(work.claim)


async def while_its_worker_dies(table: JobTable, job_id: UUID) -> None:
    work = await begun(table, "minutes")
    await table.service.cancel(PERSONAL_PROJECT, job_id)
    await table.expire(work.claim)
    assert await table.queue.reap() == 1


async def while_it_fails(table: JobTable, job_id: UUID) -> None:
    work = await begun(table, "minutes")
    await table.service.cancel(PERSONAL_PROJECT, job_id)
    assert await table.queue.fail(work.claim, Failure("away", "It is away.", passing=True))


@pytest.mark.parametrize("cancels", [while_it_waits, while_it_runs, while_its_worker_dies, while_it_fails])
async def test_a_step_that_is_done_again_and_cancelled_takes_nothing_away(
    table: JobTable, cancels: Callable[[JobTable, UUID], Awaitable[None]]
) -> None:
    job_id = await held(table, "minutes")
    await table.service.retry_step(PERSONAL_PROJECT, job_id, "minutes")
    waiting = await table.service.get(PERSONAL_PROJECT, job_id)
    assert (waiting.job.state, waiting.has_succeeded) == (JobState.QUEUED, True)
    await cancels(table, job_id)
    found = await table.service.get(PERSONAL_PROJECT, job_id)
    assert (found.job.state, found.job.progress, found.job.warnings) == (JobState.SUCCEEDED, 1.0, [WHY])
    assert found.job.finished_at is not None
    assert await states(table, job_id) == BEFORE
    assert {step.seconds for step in found.steps if step.state == "done"} == {1.0}
    assert (await table.events(job_id))[-1] == (EventType.STATE, {"state": "succeeded"})
    async with table.database.reading() as session:
        kept = (await session.scalars(select(Artifact.name).where(Artifact.job_id == job_id))).all()
    assert kept == ["result.json"]
    # And it can be asked for once more.
    await table.service.retry_step(PERSONAL_PROJECT, job_id, "minutes")
    work = await begun(table, "minutes")
    await work.end_step("minutes", 1.0)
    await work.begin_step("result")
    await work.end_step("result", 1.0)
    assert await table.queue.succeed(work.claim, {})
    ended = await table.service.get(PERSONAL_PROJECT, job_id)
    assert (ended.job.state, ended.job.warnings) == (JobState.SUCCEEDED, [])
    assert {(step.state, step.error, step.seconds) for step in ended.steps} == {("done", None, 1.0)}


async def test_what_was_stopped_later_says_so_and_can_be_asked_for(table: JobTable) -> None:
    job_id = await held(table, "diarization")
    await table.service.retry_step(PERSONAL_PROJECT, job_id, "diarization")
    work = await table.work(await table.claim())
    for name in ("diarization", "identification"):
        await work.begin_step(name)
        await work.end_step(name, 1.0)
    await work.begin_step("fusion")
    await table.service.cancel(PERSONAL_PROJECT, job_id)
    assert await table.queue.cancelled(work.claim)
    found = await states(table, job_id)
    assert {name for name, state in found.items() if state == "failed"} == {"identification"}
    [warning] = (await table.job(job_id)).warnings
    assert (warning["step"], "cancelled" in warning["detail"]) == ("identification", True)
    await table.service.retry_step(PERSONAL_PROJECT, job_id, "identification")
    again = await states(table, job_id)
    assert {name for name, state in again.items() if state == "pending"} == {
        "identification", "fusion", "minutes", "result",
    }  # fmt: skip


async def test_nobody_outside_hears_of_a_step_that_was_cancelled(table: JobTable) -> None:
    heard: list[Any] = []

    async def hear(_session: AsyncSession, milestone: Milestone) -> None:
        heard.append(milestone.kind)

    milestones = Milestones([hear])
    telling = replace(
        table,
        queue=JobQueue(table.database, table.hub, table.settings, milestones),
        service=JobService(
            table.database, table.store, table.hub, table.service.acceptance, milestones=milestones
        ),
    )
    job_id = await held(telling, "minutes")
    heard.clear()
    for cancels in (while_it_waits, while_it_runs, while_its_worker_dies):
        await telling.service.retry_step(PERSONAL_PROJECT, job_id, "minutes")
        await cancels(telling, job_id)
    assert heard == []


async def test_a_first_run_that_is_cancelled_has_nothing_to_go_back_to(table: JobTable) -> None:
    job = await table.add(recipe="meeting")
    await table.service.cancel(PERSONAL_PROJECT, job.id)
    found = await table.service.get(PERSONAL_PROJECT, job.id)
    assert (found.job.state, found.has_succeeded) == (JobState.CANCELLED, False)
