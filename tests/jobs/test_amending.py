from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.job_models import Artifact, Job
from surtitle.domain.jobs import EventType
from surtitle.jobs.amending import MOST_BYTES, JobAmending
from surtitle.jobs.events import append_event

pytestmark = ON_BOTH


async def ended(table: JobTable) -> Job:
    """A job that has run once, with a text, a video and one event."""
    job = await table.add()
    claim = await table.claim()
    work = await table.work(claim)
    await work.save("talk.txt", b"Ana: hello", media_type="text/plain; charset=utf-8")
    await work.save("captioned.mp4", b"Ana", media_type="video/mp4")
    async with work.fenced() as session:
        await append_event(session, job.id, EventType.SEGMENT, {"speaker": "Ana"})
    assert await table.queue.succeed(claim, {})
    return await table.job(job.id)


async def kept(table: JobTable, job: Job) -> dict[str, Artifact]:
    return {
        artifact.name: artifact for artifact in (await table.service.get(job.project_id, job.id)).artifacts
    }


async def amend(table: JobTable, job: Job) -> int:
    return await JobAmending(table.database, table.store).amend(
        job.id,
        lambda _, files: {name: file.data.replace(b"Ana", b"Somebody") for name, file in files.items()},
        lambda data: {**data, "speaker": "Somebody"} if data.get("speaker") else data,
    )


async def test_text_and_events_are_changed_and_video_is_never_read(table: JobTable) -> None:
    job = await ended(table)
    # Whoever read it would hear that it is damaged.
    video = (await kept(table, job))["captioned.mp4"]
    await table.store.put_bytes(video.object_key, b"something else")
    assert await amend(table, job) == 1
    assert await table.service.read((await kept(table, job))["talk.txt"]) == b"Somebody: hello"
    assert (EventType.SEGMENT, {"speaker": "Somebody"}) in await table.events(job.id)
    assert await amend(table, job) == 0


async def test_text_that_is_too_large_to_look_through_goes(table: JobTable) -> None:
    job = await ended(table)
    async with table.database.writing() as session:
        text = await session.get_one(Artifact, (await kept(table, job))["talk.txt"].id)
        text.size_bytes = MOST_BYTES + 1
        key = text.object_key
    assert await amend(table, job) == 1
    assert list(await kept(table, job)) == ["captioned.mp4"]
    assert not await table.store.exists(key)


async def test_what_a_run_left_that_died_goes_and_what_a_later_one_writes_stays(table: JobTable) -> None:
    job = await ended(table)
    left = [await table.store.put_bytes(f"jobs/{job.id}/{fence}/speakers.json", b"Ana") for fence in (1, 2)]
    await amend(table, job)
    assert [await table.store.exists(one.key) for one in left] == [False, True]
