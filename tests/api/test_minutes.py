"""`GET /api/jobs/{id}/minutes`."""

from dataclasses import replace

from tests.api.installation import TRANSCRIPT, UNKNOWN_ID, Installation

from surtitle.domain.minutes import Minutes, minutes_json
from surtitle.pipelines.minutes.extraction import extracted
from surtitle.transcripts.schema import transcript_json

SAID = replace(TRANSCRIPT, segments=tuple(replace(one, speaker="speaker_1") for one in TRANSCRIPT.segments))
MINUTES: Minutes = extracted(SAID, "talk")


async def test_minutes_can_be_had_as_soon_as_they_are_made(api: Installation) -> None:
    job = await api.start("meeting")
    path = f"/api/jobs/{job['id']}/minutes"
    early = await api.client.get(path)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/result-not-ready")
    work = await api.work_on(await api.claim())
    await work.save("transcript.json", transcript_json(SAID), media_type="application/json")
    await work.save("minutes.json", minutes_json(MINUTES), media_type="application/json")
    answer = await api.client.get(path)
    assert answer.status_code == 200
    told = answer.json()
    assert told["minutes"]["method"] == "extracted"
    [line] = told["minutes"]["summary"]
    assert line["moments"][0]["quote"] == "Ask not what your country can do for you."
    assert told["links"]["markdown"].endswith("/artifacts/minutes.md")


async def test_a_job_that_makes_none_says_how_to_get_some(api: Installation) -> None:
    job = await api.start("transcript")
    answer = await api.client.get(f"/api/jobs/{job['id']}/minutes")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-minutes")
    assert "'meeting'" in answer.json()["detail"]


async def test_minutes_of_a_job_that_is_not_there_are_not_there(api: Installation) -> None:
    assert (await api.client.get(f"/api/jobs/{UNKNOWN_ID}/minutes")).status_code == 404
