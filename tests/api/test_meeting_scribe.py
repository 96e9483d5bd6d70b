from typing import Any

import httpx
from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation, wav

from surtitle.domain.recipes import StepName
from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice, diarization_json
from surtitle.transcripts.schema import transcript_json

DIALOGUE = Diarization(
    9.0, (SpeakerTurn(0.0, 9.0, "speaker_1"),), (SpeakerVoice("speaker_1", 9.0),), engine="by hand"
)


async def bring(client: httpx.AsyncClient, **headers: str) -> str:
    answer = await client.post("/meetings", files={"file": ("standup.m4a", wav())}, headers=headers)
    assert answer.status_code == 202, answer.text
    task = answer.json()
    assert answer.headers["location"] == f"/meetings/{task['task_id']}"
    assert task["status"] == "PENDING"
    return str(task["task_id"])


async def look(api: Installation, task_id: str) -> dict[str, Any]:
    answer = await api.client.get(f"/meetings/{task_id}")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_meeting_is_followed_from_pending_to_its_result(api: Installation) -> None:
    task_id = await bring(api.client)
    early = await api.client.get(f"/meetings/{task_id}/result")
    assert (early.status_code, early.json()["type"]) == (409, "/problems/result-not-ready")

    claim = await api.claim()
    work = await api.work_on(claim)
    await work.begin_step(StepName.TRANSCRIPTION)
    await work.progress(0.4, step=StepName.TRANSCRIPTION)
    task = await look(api, task_id)
    assert (task["status"], task["progress"], task["step"]) == ("PROCESSING", 0.4, "transcription")

    await work.save("transcript.json", transcript_json(TRANSCRIPT), media_type="application/json")
    await work.save("diarization.json", diarization_json(DIALOGUE), media_type="application/json")
    await work.save("result.json", b"{}", media_type="application/json")
    for step in await work.steps():
        await work.end_step(step, 0.25)
    assert await api.queue.succeed(claim, {})
    task = await look(api, task_id)
    assert (task["status"], task["progress"], task["step"]) == ("COMPLETED", 1.0, None)
    result = await api.client.get(task["result_url"])
    assert {"transcription", "diarization", "fusion"} <= result.json().keys()
    assert [turn["speaker"] for turn in result.json()["diarization"]["turns"]] == ["speaker_1"]
    assert result.headers["content-type"] == "application/json"
    assert (await api.client.get(task["events_url"])).status_code == 200


async def test_its_job_is_a_meeting_that_says_where_it_came_from(api: Installation) -> None:
    job = (await api.client.get(f"/api/jobs/{await bring(api.client)}")).json()
    assert (job["surface"], job["recipe"]) == ("meeting_scribe", "meeting")


async def test_a_step_that_failed_is_told_and_the_meeting_goes_on(api: Installation) -> None:
    task_id = await bring(api.client)
    work = await api.work_on(await api.claim())
    await work.give_up_step(StepName.DIARIZATION, "No model.")
    task = await look(api, task_id)
    assert task["status"] == "PROCESSING"
    assert [warning for warning in task["warnings"] if "No model." in warning]


async def test_failed_and_cancelled_are_both_failed(api: Installation) -> None:
    failed, cancelled = await bring(api.client), await bring(api.client)
    await api.fail("no-sound", "It holds no sound.")
    await api.client.post(f"/api/jobs/{cancelled}/cancel")
    told = [await look(api, one) for one in (failed, cancelled)]
    assert [(task["status"], task["error"]) for task in told] == [
        ("FAILED", "It holds no sound."),
        ("FAILED", "The job was cancelled."),
    ]


async def test_a_meeting_sent_twice_is_one_task(api: Installation) -> None:
    first, again = [await bring(api.client, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert first == again
    assert len((await api.client.get("/api/media")).json()["items"]) == 1


async def test_what_is_no_recording_leaves_nothing_behind(api: Installation) -> None:
    refused = await api.client.post("/meetings", files={"file": ("notes.txt", b"no sound " * 100)})
    assert refused.status_code == 422
    assert (await api.client.get("/api/media")).json()["items"] == []
    assert (await api.client.get(f"/meetings/{UNKNOWN_ID}")).status_code == 404
