import asyncio
from uuid import UUID

import httpx
import pytest
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, key_in, person

from surtitle.accounts.access import Permission
from surtitle.db.job_models import Job
from surtitle.hub import job_topic
from surtitle.jobs.queue import Failure

NO_SOUND = Failure("no-sound", "It holds no sound.", passing=False)


async def send(who: Somebody, **fields: str) -> httpx.Response:
    return await who.asks("POST", "/api/transcriptions", files={"file": ("appel.wav", wav())}, data=fields)


async def pending(who: Somebody, **fields: str) -> str:
    answer = await send(who, **fields)
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "pending"
    return str(answer.json()["id"])


@pytest.fixture
async def key(exposed: Installation) -> Somebody:
    ana = await person(exposed)
    await ana.asks("PATCH", ana.home, json={"name": "ISICOMTECH"})
    return await key_in(exposed, ana.project_id)


async def test_a_recording_goes_through_every_state_as_spelled_there(
    exposed: Installation, key: Somebody
) -> None:
    job_id = await pending(key, project_name="ISICOMTECH", use_vad="true")
    claim = await exposed.claim()
    assert (await key.gets(f"/api/transcriptions/{job_id}"))["status"] == "processing"
    assert await exposed.queue.hand_back(claim)
    await exposed.finish()
    done = await key.gets(f"/api/transcriptions/{job_id}")
    assert (done["status"], done["text"], done["language"]) == ("done", TRANSCRIPT.text, "en")
    assert (done["project_name"], done["vad_enabled"], done["error_message"]) == ("ISICOMTECH", True, None)
    assert done["segments"] == [{"start": 0.0, "end": 8.9, "text": TRANSCRIPT.text, "speaker": None}]
    assert (done["segments_count"], done["duration"]) == (1, 1.0)
    assert done["processing_time"] > 0
    assert done["finished_at"] is not None
    assert done.keys() >= {"worker_id", "celery_task_id", "file_path", "created_at"}


async def test_the_switch_for_voice_activity_is_heeded(key: Somebody) -> None:
    for value, expected in (("false", False), ("0", False), ("True", True), ("", True)):
        job_id = await pending(key, use_vad=value)
        assert (await key.gets(f"/api/transcriptions/{job_id}"))["vad_enabled"] is expected
    refused = await send(key, use_vad="perhaps")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/use_vad")
    assert len((await key.gets("/api/media"))["items"]) == 4


async def test_a_failure_and_a_cancelled_job_are_errors(exposed: Installation, key: Somebody) -> None:
    failed, cancelled = await pending(key), await pending(key)
    await exposed.queue.fail(await exposed.claim(), NO_SOUND)
    await key.does(f"/api/jobs/{cancelled}/cancel", status=202)
    shown = [await key.gets(f"/api/transcriptions/{one}") for one in (failed, cancelled)]
    assert [(one["status"], one["error_message"]) for one in shown] == [
        ("error", "It holds no sound."),
        ("error", "The job was cancelled."),
    ]


@pytest.mark.parametrize("first", [True, False])
async def test_the_name_of_another_project_is_refused_and_leaves_no_recording(
    exposed: Installation, key: Somebody, first: bool
) -> None:
    file = ("file", ("appel.wav", wav()))
    name = ("project_name", (None, "Other"))
    parts = [name, file] if first else [file, name]
    answer = await key.asks("POST", "/api/transcriptions", files=parts)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/other-project")
    assert "ISICOMTECH" in answer.json()["detail"]
    assert (await key.gets("/api/media"))["items"] == []
    assert [name async for name in exposed.services.store.keys("media")] == []


@pytest.mark.parametrize("name", ["a\r\nb", "x" * 5000, "'; DROP TABLE jobs; --", "{{ 7*7 }}"])
async def test_a_hostile_name_is_no_project(key: Somebody, name: str) -> None:
    answer = await send(key, project_name=name)
    assert answer.status_code in {404, 422}
    assert len(answer.text) < 1000


async def test_without_a_key_or_with_a_wrong_one_nothing_is_taken(exposed: Installation) -> None:
    nobody = Somebody(exposed, {}, UUID(UNKNOWN_ID))
    assert (await send(nobody)).status_code == 401
    for wrong in ("vk_wrong", "nonsense", "a.b.c"):
        answer = await send(Somebody(exposed, {"X-API-Key": wrong}, UUID(UNKNOWN_ID)))
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/bad-key"), wrong
    assert (await exposed.client.get("/health")).json()["status"] == "healthy"


async def test_lists_are_the_projects_newest_first_by_state_and_page(
    exposed: Installation, key: Somebody
) -> None:
    ids = [await pending(key) for _ in range(3)]
    await exposed.finish()
    shown = (await key.asks("GET", "/api/transcriptions")).json()
    assert [(one["id"], one["status"], one["text"]) for one in shown] == [
        (ids[2], "pending", None),
        (ids[1], "pending", None),
        (ids[0], "done", None),
    ]
    for query, expected in (
        ("status=done", [ids[0]]),
        ("limit=1", [ids[2]]),
        ("limit=1&page=3", [ids[0]]),
        ("limit=1&page=9", []),
        ("status=error", []),
    ):
        listed = (await key.asks("GET", f"/api/transcriptions?{query}")).json()
        assert [one["id"] for one in listed] == expected, query


async def test_deleting_takes_the_recording_along_and_stops_what_runs(
    exposed: Installation, key: Somebody
) -> None:
    done = await pending(key)
    await exposed.finish()
    running = await pending(key)
    claim = await exposed.claim()
    answer = await key.asks("DELETE", f"/api/transcriptions/{done}")
    assert (answer.status_code, answer.json()) == (200, {"status": "deleted", "id": done})
    assert (await key.asks("GET", f"/api/transcriptions/{done}")).status_code == 404

    async def worker() -> None:
        with exposed.services.hub.listen(job_topic(UUID(running))) as listener:
            while not (await job(exposed, running)).cancel_requested:
                await listener.wait(0.1)
        assert await exposed.queue.cancelled(claim)

    both = asyncio.gather(key.asks("DELETE", f"/api/transcriptions/{running}"), worker())
    assert (await both)[0].status_code == 200
    assert (await key.gets("/api/media"))["items"] == []


async def job(api: Installation, job_id: str) -> Job:
    async with api.services.database.reading() as session:
        return await session.get_one(Job, UUID(job_id))


async def test_a_key_that_may_not_delete_does_not(exposed: Installation) -> None:
    ana = await person(exposed)
    writer = await key_in(exposed, ana.project_id, {Permission.READ, Permission.WRITE})
    job_id = await pending(writer)
    assert (await writer.asks("DELETE", f"/api/transcriptions/{job_id}")).status_code == 403


async def test_a_repeat_is_the_first_answer_again(key: Somebody) -> None:
    headers = {"Idempotency-Key": "appel-17"}
    answers = [
        await key.asks("POST", "/api/transcriptions", files={"file": ("a.wav", wav())}, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].json()["id"] == answers[1].json()["id"]


async def test_in_a_personal_installation_the_name_is_a_label_and_no_key_is_needed(
    api: Installation,
) -> None:
    sent = await api.client.post(
        "/api/transcriptions",
        headers={"X-API-Key": "vk_whatever"},
        files={"file": ("appel.wav", wav())},
        data={"project_name": "mon_projet", "use_vad": "false"},
    )
    assert (sent.status_code, sent.json()["project_name"]) == (201, "mon_projet")
    shown = await api.client.get(f"/api/transcriptions/{sent.json()['id']}")
    assert shown.json()["project_name"] == "mon_projet"
    assert (await api.client.get(f"/api/jobs/{sent.json()['id']}")).json()["label"] == "mon_projet"
    nameless = await api.client.post("/api/transcriptions", files={"file": ("a.wav", wav())})
    assert nameless.json()["project_name"] == "Personal"
