from datetime import timedelta
from uuid import UUID

from tests.jobs.table import JobTable

from surtitle.domain.jobs import EventType
from surtitle.jobs.events import EventLog
from surtitle.jobs.queue import Claim
from surtitle.jobs.settled_events import settle_events

NOW = timedelta(0)


async def finished_job(table: JobTable, *texts: str) -> tuple[UUID, list[int]]:
    """A job that told `texts` as deltas, and their numbers."""
    job = await table.add()
    claim = await table.claim()
    work = await table.work(claim)
    for number, text in enumerate(texts):
        events = [(EventType.DELTA, {"text": text}), (EventType.SEGMENT, {"id": f"s{number}"})]
        await work.save(f"windows/{number}", b"", media_type="text/plain", kind="work", events=events)
    await table.queue.succeed(claim, {"recipe": "transcript"})
    told = (await EventLog(table.database).since(job.id, 0)).events
    return job.id, [event.number for event in told if event.type is EventType.DELTA]


async def _begun(table: JobTable) -> Claim:
    await table.add()
    return await table.claim()


async def heard(table: JobTable, job_id: UUID, after: int) -> str:
    past = await EventLog(table.database).since(job_id, after)
    return "".join(event.data["text"] for event in past.events if event.type is EventType.DELTA)


async def test_a_day_after_the_end_the_text_comes_as_one_piece(table: JobTable) -> None:
    job_id, _ = await finished_job(table, "One", " two", " three")
    assert await settle_events(table.database) == 0
    assert await settle_events(table.database, kept_for=NOW) == 1
    kinds = [kind for kind, _data in await table.events(job_id)]
    assert kinds.count(EventType.DELTA) == 1
    assert EventType.SEGMENT not in kinds
    assert {EventType.STATE, EventType.COMPLETED} <= set(kinds)
    assert await heard(table, job_id, 0) == "One two three"
    assert await settle_events(table.database, kept_for=NOW) == 0


async def test_who_heard_some_of_it_gets_exactly_the_rest(table: JobTable) -> None:
    job_id, numbers = await finished_job(table, "One", " two", " three")
    await settle_events(table.database, kept_for=NOW)
    assert [await heard(table, job_id, number) for number in numbers] == [" two three", " three", ""]


async def test_a_job_without_words_is_settled_too(table: JobTable) -> None:
    job_id, _ = await finished_job(table)
    await settle_events(table.database, kept_for=NOW)
    assert await heard(table, job_id, 0) == ""


async def test_one_call_settles_all_however_many_there_are(table: JobTable) -> None:
    for _ in range(11):
        await table.queue.succeed(await _begun(table), {})
    assert await settle_events(table.database, kept_for=NOW) == 11


async def test_a_running_job_is_left_alone(table: JobTable) -> None:
    await table.add()
    await table.claim()
    assert await settle_events(table.database, kept_for=NOW) == 0
