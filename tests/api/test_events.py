import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.api.installation import Installation
from tests.asked import statements

from surtitle.domain.jobs import EventType
from surtitle.hub import job_topic
from surtitle.jobs.events import append_events
from surtitle.jobs.feed import MOST_KEPT


async def heard(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Events of a stream, as a browser takes them apart."""
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if not line and "event" in event:
            yield event
            event = {}
        name, _, value = line.partition(": ")
        if name in {"id", "event", "retry"}:
            event[name] = value
        elif name == "data":
            event["data"] = json.loads(value)


async def test_a_listener_hears_everything_from_the_past_to_the_end(api: Installation) -> None:
    job = await api.start()
    async with api.served() as client, client.stream("GET", job["links"]["events"]) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = heard(answer)
        first = await anext(stream)
        assert (first["event"], first["id"], first["data"]) == ("state", "1", {"state": "queued"})
        assert first["retry"] == "2000"
        await api.finish()
        rest = [event async for event in stream]
    assert [event["event"] for event in rest] == ["state", "completed"]
    assert rest[-1]["data"]["text"].startswith("Ask not")


async def test_deltas_arrive_while_the_work_goes_on(api: Installation) -> None:
    job = await api.start()
    async with api.served() as client, client.stream("GET", job["links"]["events"]) as answer:
        stream = heard(answer)
        await anext(stream)
        work = await api.work_on(await api.claim())
        events = [(EventType.DELTA, {"text": "Ask not"})]
        await work.save("w", b"", media_type="text/plain", kind="work", events=events)
        told = [await anext(stream) for _ in range(2)]
    assert told[1]["event"] == "delta"
    assert told[1]["data"] == {"text": "Ask not"}


async def test_a_listener_that_comes_back_misses_nothing_and_hears_nothing_twice(api: Installation) -> None:
    job = await api.start()
    await api.finish()
    for query, headers in (
        ("?after=2", {}),
        ("", {"Last-Event-ID": "2"}),
        ("?after=0", {"Last-Event-ID": "2"}),
    ):
        async with api.client.stream("GET", job["links"]["events"] + query, headers=headers) as answer:
            assert [event["id"] async for event in heard(answer)] == ["3"]


async def test_when_all_is_told_a_browser_is_told_to_stay_away(api: Installation) -> None:
    job = await api.start()
    await api.finish()
    answer = await api.client.get(job["links"]["events"], headers={"Last-Event-ID": "3"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_last_event_id_that_is_no_number_is_refused(api: Installation) -> None:
    job = await api.start()
    for hostile in ("x", "-1", "9" * 40, "²"):
        headers = {b"Last-Event-ID": hostile.encode()}
        answer = await api.client.get(job["links"]["events"], headers=headers)
        assert answer.status_code == 422
        assert "Last-Event-ID" in answer.text


async def test_a_stream_ends_when_its_job_is_deleted(api: Installation) -> None:
    job = await api.start()
    async with api.served() as client, client.stream("GET", job["links"]["events"]) as answer:
        stream = heard(answer)
        await anext(stream)
        await client.delete(job["links"]["self"])
        async with asyncio.timeout(30):
            assert [event async for event in stream] == []


async def test_a_listener_that_leaves_is_no_longer_counted(api: Installation) -> None:
    job = await api.start()
    gauge = api.services.metrics.registry
    async with api.served() as client:
        async with client.stream("GET", job["links"]["events"]) as answer:
            await anext(heard(answer))
            assert gauge.get_sample_value("surtitle_sse_listeners") == 1
        # At once, and not at the next sign of life, which is sent every 15 s.
        async with asyncio.timeout(10):
            while gauge.get_sample_value("surtitle_sse_listeners") != 0:  # noqa: ASYNC110  it has no event
                await asyncio.sleep(0.02)


async def test_many_listeners_hold_no_database_connection(api: Installation) -> None:
    job = await api.start()
    async with api.served() as client:
        streams = [client.stream("GET", job["links"]["events"]) for _ in range(20)]
        answers = [await stream.__aenter__() for stream in streams]
        # The pool has four readers: with a session held by each stream this would wait for ever.
        assert (await client.get("/api/jobs")).status_code == 200
        await api.finish()
        for answer in answers:
            assert [event["event"] async for event in heard(answer)][-1] == "completed"
        for stream in streams:
            await stream.__aexit__(None, None, None)


async def test_whether_there_is_anything_to_hear_is_asked_without_reading_it(api: Installation) -> None:
    job = await api.start()
    await api.finish()
    with statements(api.services.database) as asked:
        answer = await api.client.get(job["links"]["events"], headers={"Last-Event-ID": "3"})
    assert answer.status_code == 204
    assert not [statement for statement in asked if "job_events" in statement]


async def test_a_client_that_does_not_read_is_dropped_and_catches_up_when_it_comes_back(
    api: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else it would have to read nothing for ten seconds.
    monkeypatch.setattr(api.services.jobs._live, "_slow_after_seconds", 0.0)
    job = await api.start()
    job_id, count = UUID(job["id"]), 3 * MOST_KEPT
    # More than the buffers of both machines hold.
    delta = (EventType.DELTA, {"text": "x" * 40_000})
    async with asyncio.timeout(90), api.served() as client:
        async with client.stream("GET", job["links"]["events"]) as answer:
            slow = heard(answer)
            assert (await anext(slow))["id"] == "1"
            for _ in range(0, count, 25):
                async with api.services.database.writing() as session:
                    await append_events(session, job_id, [delta] * 25)
                api.services.hub.wake(job_topic(job_id))
                await asyncio.sleep(0.01)
            # What was on its way is read; then the stream ends, though the job has not.
            ids = [int(event["id"]) async for event in slow]
            assert ids == list(range(2, ids[-1] + 1))
            assert ids[-1] < count
        headers = {"Last-Event-ID": str(ids[-1])}
        async with client.stream("GET", job["links"]["events"], headers=headers) as answer:
            again = heard(answer)
            rest = [int((await anext(again))["id"]) for _ in range(count + 1 - ids[-1])]
            assert rest == list(range(ids[-1] + 1, count + 2))
