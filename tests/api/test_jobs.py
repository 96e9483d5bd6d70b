from typing import Any
from uuid import UUID

import pytest
from tests.api.installation import UNKNOWN_ID, Installation

from surtitle.api.native.job_schemas import StepDocument
from surtitle.db.job_models import Job, JobStep
from surtitle.domain.jobs import JobState, StepState


async def test_a_job_is_accepted_with_its_address(api: Installation) -> None:
    media = await api.bring()
    answer = await api.client.post(
        "/api/jobs", json={"recipe": "subtitles", "media_id": media["id"], "options": {"language": "French"}}
    )
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/jobs/{job['id']}" == job["links"]["self"]
    assert job["state"] == "queued"
    assert job["options"]["language"] == "fr"
    assert job["created_at"].endswith("Z")
    assert job["schema_version"] == 1


async def test_the_same_key_gives_the_same_job(api: Installation) -> None:
    wish = {"recipe": "transcript", "media_id": (await api.bring())["id"]}
    first = await api.client.post("/api/jobs", json=wish, headers={"Idempotency-Key": "k1"})
    again = await api.client.post("/api/jobs", json=wish, headers={"Idempotency-Key": "k1"})
    other = await api.client.post(
        "/api/jobs", json={**wish, "recipe": "subtitles"}, headers={"Idempotency-Key": "k1"}
    )
    assert first.json()["id"] == again.json()["id"]
    assert other.status_code == 422
    assert other.json()["type"] == "/problems/idempotency-mismatch"


async def test_a_finished_job_shows_its_steps_and_files(api: Installation) -> None:
    job = await api.start("subtitles")
    await api.finish()
    detail = (await api.client.get(job["links"]["self"])).json()
    assert detail["state"] == "succeeded"
    assert [(step["name"], step["state"]) for step in detail["steps"]] == [
        ("transcription", "done"),
        ("subtitles", "done"),
    ]
    assert "subtitles.srt" in [artifact["name"] for artifact in detail["artifacts"]]
    assert detail["formats"][0] == "srt"
    for artifact in detail["artifacts"]:
        assert (await api.client.get(artifact["links"]["self"])).status_code == 200


async def test_lists_are_pages_and_can_be_narrowed(api: Installation) -> None:
    media_id = (await api.bring())["id"]
    made = [(await api.start(media_id=media_id))["id"] for _ in range(3)]
    made.append((await api.start("subtitles", media_id=media_id))["id"])
    await api.finish()

    async def listed(**query: Any) -> dict[str, Any]:
        answer = await api.client.get("/api/jobs", params=query)
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    first = await listed(limit=3)
    second = await listed(limit=3, cursor=first["next_cursor"])
    assert [job["id"] for job in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    assert [job["id"] for job in (await listed(status="succeeded"))["items"]] == [made[0]]
    assert [job["id"] for job in (await listed(recipe="subtitles"))["items"]] == [made[3]]
    assert (await listed(**{"from": "2100-01-01T00:00:00"}))["items"] == []
    assert len((await listed(to="2100-01-01T00:00:00+02:00"))["items"]) == 4


async def test_a_job_is_cancelled_retried_and_deleted(api: Installation) -> None:
    job = await api.start()
    here = job["links"]["self"]
    assert (await api.client.post(f"{here}/cancel")).json()["state"] == "cancelled"
    assert (await api.client.post(f"{here}/retry")).json()["state"] == "queued"
    assert (await api.client.delete(here)).status_code == 204
    assert (await api.client.get(here)).status_code == 404


async def test_what_a_state_forbids_is_a_conflict(api: Installation) -> None:
    here = (await api.start())["links"]["self"]
    await api.finish()
    for wish in ("cancel", "retry"):
        answer = await api.client.post(f"{here}/{wish}")
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/job-state"
        assert answer.json()["state"] == "succeeded"


async def test_a_step_that_did_not_fail_is_not_done_again(api: Installation) -> None:
    here = (await api.start())["links"]["self"]
    waiting = await api.client.post(f"{here}/steps/transcription/retry")
    assert (waiting.status_code, waiting.json()["state"]) == (409, "queued")
    await api.finish()
    unknown = await api.client.post(f"{here}/steps/karaoke/retry")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/step-not-found")
    pending = await api.client.post(f"{here}/steps/transcription/retry")
    assert (pending.status_code, pending.json()["type"]) == (409, "/problems/step-state")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"recipe": "poem"}, "transcript, subtitles, captioned-video"),
        ({"options": {"language": "Klingon"}}, "#/options/language"),
        ({"options": {"langage": "en"}}, "#/options/langage"),
        ({"options": {"engine": "oracle"}}, "dummy"),
        ({"options": {"model": "huge"}}, "huge"),
        ({"options": {"audio_track": 7}}, "only track 0"),
        ({"options": 5}, "#/options"),
        ({"media_id": "x"}, "#/media_id"),
        ({"priority": 10**30}, "#/priority"),
        ({"colour": "red"}, "#/colour"),
    ],
)
async def test_a_bad_wish_is_told_where_it_is_bad(api: Installation, body: dict[str, Any], told: str) -> None:
    whole = {"media_id": (await api.bring())["id"], "recipe": "transcript", **body}
    answer = await api.client.post("/api/jobs", json=whole)
    assert answer.status_code == 422
    assert told in answer.text


async def test_a_wish_without_a_recipe_is_told_which_there_are(api: Installation) -> None:
    answer = await api.client.post("/api/jobs", json={"options": {"language": "en"}})
    assert answer.status_code == 422
    assert "transcript, subtitles, captioned-video" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/cancel"),
        ("POST", "/retry"),
        ("POST", "/steps/diarization/retry"),
        ("GET", "/events"),
        ("GET", "/artifacts"),
        ("GET", "/artifacts/x"),
        ("GET", "/result"),
        ("GET", "/preview"),
        ("GET", "/preview/frame"),
    ],
)
async def test_an_unknown_job_is_not_found(api: Installation, method: str, path: str) -> None:
    answer = await api.client.request(method, f"/api/jobs/{UNKNOWN_ID}{path}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/job-not-found"
    assert UNKNOWN_ID in answer.json()["detail"]


async def test_unknown_media_is_not_found(api: Installation) -> None:
    answer = await api.client.post("/api/jobs", json={"recipe": "transcript", "media_id": UNKNOWN_ID})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "cursor=nonsense",
        "limit=0",
        "limit=201",
        "status=done",
        "from=yesterday",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59Z",
    ],
)
async def test_a_bad_filter_is_refused(api: Installation, query: str) -> None:
    answer = await api.client.get(f"/api/jobs?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text


async def test_recipes_come_with_the_schema_of_their_options(api: Installation) -> None:
    recipes = (await api.client.get("/api/recipes")).json()["items"]
    names = ["transcript", "subtitles", "captioned-video", "meeting", "film"]
    assert [recipe["name"] for recipe in recipes] == names
    assert "language" in recipes[0]["options_schema"]["properties"]


@pytest.mark.parametrize(("job_state", "has_link"), [(JobState.SUCCEEDED, True), (JobState.FAILED, False)])
def test_a_step_that_a_job_did_without_says_how_to_do_it_again(job_state: JobState, has_link: bool) -> None:
    job = Job(id=UUID(UNKNOWN_ID), state=job_state)
    steps = [JobStep(name=state, state=state, seconds=1.0) for state in (StepState.FAILED, StepState.DONE)]
    links = [StepDocument.of(step, job).links for step in steps]
    assert links == [{"retry": f"/api/jobs/{UNKNOWN_ID}/steps/failed/retry"} if has_link else {}, {}]


def test_why_a_step_was_left_out_is_not_told_while_it_is_done_again() -> None:
    job = Job(id=UUID(UNKNOWN_ID), state=JobState.RUNNING)
    steps = [JobStep(name="minutes", state=state, seconds=0.0, error="No model.") for state in StepState]
    told = {step.state: StepDocument.of(step, job).error for step in steps}
    assert {state for state, error in told.items() if error} == {StepState.FAILED}
