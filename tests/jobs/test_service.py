import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from tests.jobs.table import QUICK, JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.repeats import KeyReused
from surtitle.domain.jobs import EventType, JobState
from surtitle.errors import Invalid, NotFound
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import ArtifactNotFound, JobNotFound, JobStateConflict
from surtitle.jobs.filters import JobFilter
from surtitle.jobs.queue import Failure


async def test_the_same_key_gives_the_same_job(table: JobTable) -> None:
    wish = NewJob(PERSONAL_PROJECT, "transcript", table.media_id, {"language": "en"})
    first = await table.service.create(wish, idempotency_key="k")
    again = await table.service.create(wish, idempotency_key="k")
    assert first.id == again.id
    async with table.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 1


@ON_BOTH
async def test_the_same_key_twice_at_once_gives_one_job(table: JobTable) -> None:
    wish = NewJob(PERSONAL_PROJECT, "transcript", table.media_id)
    jobs = await asyncio.gather(*(table.service.create(wish, idempotency_key="k") for _ in range(6)))
    assert len({job.id for job in jobs}) == 1


@ON_BOTH
async def test_of_two_retries_at_once_one_counts(table: JobTable) -> None:
    job = await table.add()
    await table.queue.fail(await table.claim(), Failure("invalid", "It is no recording.", passing=False))
    retries = [table.service.retry(PERSONAL_PROJECT, job.id) for _ in range(4)]
    outcomes = await asyncio.gather(*retries, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Job", *["JobStateConflict"] * 3]


async def test_a_job_that_somebody_cancels_is_not_tried_again(table: JobTable) -> None:
    job = await table.add()
    claim = await table.claim()
    await table.service.cancel(PERSONAL_PROJECT, job.id)
    assert await table.queue.fail(claim, Failure("away", "It is away.", passing=True))
    assert (await table.job(job.id)).state == JobState.CANCELLED


async def test_a_key_used_for_other_work_is_refused(table: JobTable) -> None:
    await table.service.create(NewJob(PERSONAL_PROJECT, "transcript", table.media_id), idempotency_key="k")
    with pytest.raises(KeyReused):
        await table.service.create(NewJob(PERSONAL_PROJECT, "subtitles", table.media_id), idempotency_key="k")


async def test_unknown_media_is_not_found_and_leaves_no_job(table: JobTable) -> None:
    with pytest.raises(NotFound, match="no media"):
        await table.add(media_id=uuid4())
    page = await table.service.list(PERSONAL_PROJECT, JobFilter(), None, 10)
    assert page.items == []


async def test_another_projects_job_does_not_exist(table: JobTable) -> None:
    job, stranger = await table.add(), new_id()
    for call in (table.service.get, table.service.cancel, table.service.retry, table.service.delete):
        with pytest.raises(JobNotFound):
            await call(stranger, job.id)
    with pytest.raises(JobNotFound):
        await table.service.has_more(stranger, job.id, 0)
    assert (await table.service.list(stranger, JobFilter(), None, 10)).items == []


async def test_pages_show_every_job_once_newest_first(table: JobTable) -> None:
    made = [(await table.add()).id for _ in range(7)]
    seen, cursor = [], None
    while True:
        page = await table.service.list(PERSONAL_PROJECT, JobFilter(), cursor, 3)
        seen += [job.id for job in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_a_cursor_that_no_page_gave_is_refused(table: JobTable) -> None:
    with pytest.raises(Invalid, match="cursor"):
        await table.service.list(PERSONAL_PROJECT, JobFilter(), "no cursor", 3)


async def test_a_list_can_be_filtered_by_state_and_recipe(table: JobTable) -> None:
    cancelled, _other = await table.add(), await table.add(recipe="subtitles")
    await table.service.cancel(PERSONAL_PROJECT, cancelled.id)
    by_state = await table.service.list(PERSONAL_PROJECT, JobFilter(state=JobState.CANCELLED), None, 10)
    by_recipe = await table.service.list(PERSONAL_PROJECT, JobFilter(recipe="subtitles"), None, 10)
    assert [job.id for job in by_state.items] == [cancelled.id]
    assert [job.recipe for job in by_recipe.items] == ["subtitles"]


async def test_a_list_of_some_days_holds_what_was_made_then(table: JobTable) -> None:
    made = (await table.add()).created_at
    moment = timedelta(microseconds=1)
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    async def listed(start: datetime, end: datetime) -> int:
        wanted = JobFilter(created_from=start, created_before=end)
        return len((await table.service.list(PERSONAL_PROJECT, wanted, None, 10)).items)

    assert await listed(made, made + moment) == 1
    assert await listed(made - timedelta(days=1), made) == 0
    assert await listed(made + moment, made + timedelta(days=1)) == 0
    assert await listed(earliest, latest) == 1


async def test_a_waiting_job_is_cancelled_at_once(table: JobTable) -> None:
    job = await table.add()
    assert (await table.service.cancel(PERSONAL_PROJECT, job.id)).state == JobState.CANCELLED
    assert (await table.events(job.id))[-1] == (EventType.STATE, {"state": "cancelled"})
    with pytest.raises(JobStateConflict, match="already ended"):
        await table.service.cancel(PERSONAL_PROJECT, job.id)


async def test_a_finished_job_is_not_run_a_second_time(table: JobTable) -> None:
    job = await table.add(start=False)
    await table.service.start(PERSONAL_PROJECT, job.id, "subtitles", {})
    await table.queue.succeed(await table.claim(), {})
    with pytest.raises(JobStateConflict, match="succeeded and cannot be started"):
        await table.service.start(PERSONAL_PROJECT, job.id, "subtitles", {})
    with pytest.raises(JobStateConflict, match="cannot be retried"):
        await table.service.retry(PERSONAL_PROJECT, job.id)


async def test_a_job_that_was_never_started_cannot_be_retried(table: JobTable) -> None:
    job = await table.add(start=False)
    await table.service.cancel(PERSONAL_PROJECT, job.id)
    with pytest.raises(JobStateConflict, match="never started"):
        await table.service.retry(PERSONAL_PROJECT, job.id)
    assert (await table.job(job.id)).state == JobState.CANCELLED


async def test_a_failed_job_goes_on_after_its_finished_steps(table: JobTable) -> None:
    job = await table.add(recipe="subtitles")
    work = await table.work(await table.claim())
    await work.end_step("transcription", 1.0)
    await table.queue.fail(work.claim, Failure("invalid", "bad", passing=False))
    await table.service.retry(PERSONAL_PROJECT, job.id)
    again = await table.work(await table.claim())
    assert {name: step.state.value for name, step in (await again.steps()).items()} == {
        "transcription": "done",
        "subtitles": "pending",
    }
    assert again.claim.attempt == 1


async def test_a_failed_job_does_what_it_did_without_again_and_all_that_uses_it(table: JobTable) -> None:
    job = await table.add(recipe="meeting")
    work = await table.work(await table.claim())
    await work.end_step("transcription", 10.0)
    await work.give_up_step("diarization", "No model.")
    await work.end_step("identification", 1.0)
    await work.warn("Something else.", step="transcription")
    await work.save("notes.json", b"[]", media_type="x/y", kind="work", step="minutes", cursor={"of": "x"})
    await table.queue.fail(work.claim, Failure("invalid", "bad", passing=False))
    retried = await table.service.retry(PERSONAL_PROJECT, job.id)
    assert retried.warnings == [{"detail": "Something else.", "step": "transcription"}]
    steps = {step.name: step for step in (await table.service.get(PERSONAL_PROJECT, job.id)).steps}
    assert [name for name, step in steps.items() if step.state == "done"] == ["transcription"]
    assert {step.error for step in steps.values()} == {None}
    assert (steps["transcription"].seconds, steps["identification"].seconds) == (10.0, 0.0)
    # The working file is still there, and so is the place in it.
    assert steps["minutes"].cursor == {"of": "x"}


async def test_what_follows_a_step_that_was_given_up_has_its_own_tries(table: JobTable) -> None:
    away = Failure("away", "It is away.", passing=True)
    job = await table.add(recipe="meeting")
    for _ in QUICK.retry_delays_seconds:
        await table.queue.fail(await table.claim(), away)
        await asyncio.sleep(QUICK.retry_delays_seconds[0] + 0.01)
    work = await table.work(await table.claim())
    assert work.attempt == len(QUICK.retry_delays_seconds) + 1
    await work.give_up_step("diarization", "It is away.")
    assert work.attempt == 1
    await table.queue.fail(work.claim, away)
    assert (await table.job(job.id)).state == JobState.QUEUED


async def test_a_deleted_job_leaves_nothing_in_the_store(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    await work.save("transcript.txt", b"hello", media_type="text/plain")
    with pytest.raises(JobStateConflict, match="Cancel it first"):
        await table.service.delete(PERSONAL_PROJECT, job.id)
    await table.queue.succeed(work.claim, {})
    await table.service.delete(PERSONAL_PROJECT, job.id)
    assert [key async for key in table.store.keys("jobs")] == []
    with pytest.raises(JobNotFound):
        await table.job(job.id)


async def test_an_unknown_artifact_names_those_that_exist(table: JobTable) -> None:
    job = await table.add()
    work = await table.work(await table.claim())
    await work.save("transcript.txt", b"hello", media_type="text/plain")
    with pytest.raises(ArtifactNotFound, match=r"it has: transcript\.txt"):
        await table.service.artifact(PERSONAL_PROJECT, job.id, "film.mp4")
