from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import update
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, wav
from tests.api.test_events import heard

from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.domain.jobs import EventType
from surtitle.domain.keeping import KeptKind
from surtitle.jobs.queue import Claim, Failure
from surtitle.transcripts.exports import txt_file

NO_SOUND = Failure("no-sound", "It holds no sound.", passing=False)


async def transcribe(client: httpx.AsyncClient, **fields: str) -> str:
    answer = await client.post("/transcribe", files={"file": ("nota.wav", wav())}, data=fields)
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ["job_id"]
    return str(answer.json()["job_id"])


async def told(api: Installation, job_id: str, **headers: str) -> list[dict[str, Any]]:
    async with api.client.stream("GET", f"/transcribe/{job_id}", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [event async for event in heard(answer)]


async def hear(api: Installation, *texts: str) -> Claim:
    """A worker takes the job up and hears these words."""
    claim = await api.claim()
    work = await api.work_on(claim)
    deltas = [(EventType.DELTA, {"text": text, "start_seconds": 0.5, "end_seconds": 0.9}) for text in texts]
    await work.save("w", b"", media_type="text/plain", kind="work", events=deltas)
    return claim


async def test_text_arrives_while_the_work_goes_on(api: Installation) -> None:
    async with api.served() as client:
        job_id = await transcribe(client, language="Spanish")
        async with client.stream("GET", f"/transcribe/{job_id}") as answer:
            stream = heard(answer)
            claim = await hear(api, "Buenos", " días")
            words = [await anext(stream) for _ in range(2)]
            await api.queue.fail(claim, NO_SOUND)
            end = [event async for event in stream]
    assert [(event["event"], event["data"]["text"]) for event in words] == [
        ("delta", "Buenos"),
        ("delta", " días"),
    ]
    assert words[0]["data"] == {"job_id": job_id, "text": "Buenos", "start_seconds": 0.5, "end_seconds": 0.9}
    assert [event["event"] for event in end] == ["error"]
    assert end[0]["data"] == {"job_id": job_id, "type": "no-sound", "detail": "It holds no sound."}
    job = (await api.client.get(f"/api/jobs/{job_id}")).json()
    assert (job["surface"], job["recipe"], job["options"]["language"]) == ("grabadora", "transcript", "es")


async def test_the_end_names_the_key_under_which_the_store_has_the_text(api: Installation) -> None:
    job_id = await transcribe(api.client)
    await api.finish()
    [end] = await told(api, job_id)
    assert end["event"] == "completed"
    assert end["data"].keys() == {"job_id", "transcript_key", "language"}
    assert (end["data"]["job_id"], end["data"]["language"]) == (job_id, "en")
    assert await api.services.store.read(end["data"]["transcript_key"]) == txt_file(TRANSCRIPT, "")


async def test_a_text_that_was_deleted_by_its_age_ends_the_stream_with_an_error(api: Installation) -> None:
    job_id = await transcribe(api.client)
    await api.finish()
    async with api.services.database.writing() as session:
        await session.execute(update(Job).values(finished_at=utc_now() - timedelta(days=8)))
    await api.services.data_protection.retention.purge(7, kinds=[KeptKind.TRANSCRIPT])
    [end] = await told(api, job_id)
    assert (end["event"], end["data"]["type"]) == ("error", "result-gone")
    answer = await api.client.get(f"/transcribe/{job_id}", headers={"Last-Event-ID": end["id"]})
    assert answer.status_code == 204, "nobody comes back for ever"


async def test_a_listener_that_comes_back_hears_only_what_it_missed(api: Installation) -> None:
    job_id = await transcribe(api.client)
    await api.queue.fail(await hear(api, "one", " two"), NO_SOUND)
    first, second, end = await told(api, job_id)
    missed = await told(api, job_id, **{"Last-Event-ID": first["id"]})
    assert [event["id"] for event in missed] == [second["id"], end["id"]]
    answer = await api.client.get(f"/transcribe/{job_id}", headers={"Last-Event-ID": end["id"]})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_cancelled_job_ends_with_an_error(api: Installation) -> None:
    job_id = await transcribe(api.client)
    await api.client.post(f"/api/jobs/{job_id}/cancel")
    [end] = await told(api, job_id)
    assert (end["event"], end["data"]["type"]) == ("error", "cancelled")


async def test_a_job_that_was_run_again_has_only_its_last_end(api: Installation) -> None:
    job_id = await transcribe(api.client)
    await api.fail()
    await api.client.post(f"/api/jobs/{job_id}/retry")
    await api.finish()
    assert [event["event"] for event in await told(api, job_id)] == ["completed"]


async def test_a_job_that_fails_again_ends_once(api: Installation) -> None:
    job_id = await transcribe(api.client)
    await api.fail()
    assert (await api.client.post(f"/api/jobs/{job_id}/retry")).status_code == 202
    await api.fail("not-media", "It is no recording.")
    [end] = await told(api, job_id)
    assert (end["event"], end["data"]["type"]) == ("error", "not-media")


async def test_a_job_that_does_not_exist_is_refused_before_the_stream_begins(api: Installation) -> None:
    answer = await api.client.get(f"/transcribe/{UNKNOWN_ID}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/job-not-found"


async def test_an_unknown_language_is_refused_and_leaves_no_recording(api: Installation) -> None:
    answer = await api.client.post(
        "/transcribe", files={"file": ("nota.wav", wav())}, data={"language": "klingonés"}
    )
    assert answer.status_code == 422
    assert "language" in answer.json()["detail"]
    assert (await api.client.get("/api/media")).json()["items"] == []


async def test_a_request_sent_twice_starts_one_job_and_keeps_its_recording(api: Installation) -> None:
    request: dict[str, Any] = {"files": {"file": ("nota.wav", wav())}, "headers": {"Idempotency-Key": "k"}}
    first, again = [(await api.client.post("/transcribe", **request)).json() for _ in range(2)]
    assert first == again
    other = await api.client.post("/transcribe", data={"language": "es"}, **request)
    assert other.json()["type"] == "/problems/idempotency-mismatch"
    assert len((await api.client.get("/api/media")).json()["items"]) == 1
