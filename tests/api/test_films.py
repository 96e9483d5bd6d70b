"""Films over HTTP: natively, and as the Video generator's clients ask for them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, person
from tests.films import painted_png

from surtitle.accounts.access import Role
from surtitle.accounts.audit_reading import AuditFilter
from surtitle.db.account_models import UsageEntry
from surtitle.db.job_models import Job
from surtitle.jobs.queue import Failure
from surtitle.usage.kinds import UsageKind

PROMPT = "The harbour wakes before the sun does."
SPANISH = "El puerto se despierta antes que el sol."
FAULT = Failure("rendering-failed", "The brush broke.", passing=False)


async def asked(use: Installation, **wish: Any) -> dict[str, Any]:
    answer = await use.client.post("/api/jobs", json=wish)
    assert answer.status_code == 202, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def made(use: Installation) -> None:
    """Make the oldest waiting film as its steps would."""
    claim = await use.claim()
    work = await use.work_on(claim)
    await work.save("film.mp4", b"\0\0\0 ftypisom" + bytes(64), media_type="video/mp4")
    assert await use.queue.succeed(claim, {})


async def brought_picture(use: Installation) -> str:
    """The id of a picture that was uploaded."""
    return str((await use.bring("view.png", painted_png(64, 48)))["id"])


async def test_a_prompt_without_a_recipe_is_a_film_in_the_words_of_its_clients(api: Installation) -> None:
    options = {"resolution": "1280x720", "voice_over": False, "duration": 12}
    job = await asked(api, prompt=PROMPT, options=options)
    assert (job["recipe"], job["surface"], job["status"], job["state"]) == (
        "film", "video-generator", "pending", "queued",
    )  # fmt: skip
    settled = {name: job["options"][name] for name in ("engine", "resolution", "aspect", "voice_over")}
    assert settled == {
        "engine": "storyboard", "resolution": "720p", "aspect": "16:9", "voice_over": "off",
    }  # fmt: skip
    assert (job["options"]["duration_seconds"], job["options"]["prompt"]) == (12.0, PROMPT)
    listed = (await api.client.get("/api/jobs", params={"status": "pending"})).json()["items"]
    assert [one["id"] for one in listed] == [job["id"]]
    await made(api)
    done = (await api.client.get(f"/api/jobs/{job['id']}")).json()
    assert done["status"] == "succeeded"
    played = await api.client.get(done["result_url"].removeprefix("http://localhost"))
    assert (played.status_code, played.headers["content-type"]) == (200, "video/mp4")


async def test_the_trail_tells_of_the_link_that_a_finished_film_is_answered_with(
    exposed: Installation,
) -> None:
    ana = await person(exposed)
    job = await ana.does("/api/jobs", {"prompt": PROMPT}, status=202)
    await ana.gets(f"/api/jobs/{job['id']}")
    await made(exposed)
    for _ in range(3):
        assert (await ana.gets(f"/api/jobs/{job['id']}"))["result_url"]
    (told,) = [
        one async for one in exposed.services.data_protection.trail.stream(AuditFilter("link.created"))
    ]
    assert (told.object_id, told.actor.id) == (job["id"], str(ana.id))
    assert told.detail == {"name": "film.mp4", "seconds": 3600}


async def spelled(api: Installation, job: dict[str, Any]) -> tuple[str, str]:
    now = (await api.client.get(f"/api/jobs/{job['id']}")).json()
    return now["status"], now["state"]


async def of_status(api: Installation, status: str) -> set[str]:
    listed = await api.client.get("/api/jobs", params={"status": status})
    return {one["id"] for one in listed.json()["items"]}


async def test_every_state_is_told_in_the_words_of_its_clients_and_found_by_them(api: Installation) -> None:
    job = await asked(api, prompt=PROMPT)
    claim = await api.claim()
    assert await spelled(api, job) == ("processing", "running")
    assert await of_status(api, "processing") == {job["id"]}
    assert await api.queue.fail(claim, FAULT)
    assert await spelled(api, job) == ("failed", "failed")
    cancelled, native = await asked(api, prompt=PROMPT), await asked(api, prompt=PROMPT, recipe="film")
    for one in (cancelled, native):
        assert (await api.client.post(f"/api/jobs/{one['id']}/cancel")).status_code == 202
    assert await spelled(api, cancelled) == ("failed", "cancelled")
    assert await spelled(api, native) == ("cancelled", "cancelled")
    assert await of_status(api, "failed") == {job["id"], cancelled["id"]}
    assert await of_status(api, "cancelled") == {cancelled["id"], native["id"]}


async def test_a_native_film_is_spelled_natively(api: Installation) -> None:
    job = await asked(api, recipe="film", prompt=PROMPT)
    assert (job["surface"], job["status"], job["options"]["prompt"]) == ("native", "queued", PROMPT)
    await made(api)
    done = (await api.client.get(f"/api/jobs/{job['id']}")).json()
    assert (done["result_url"], done["formats"][0]) == (None, "mp4")
    film = await api.client.get(f"/api/jobs/{job['id']}/result")
    assert film.headers["content-type"] == "video/mp4"


def styled(**style: str) -> dict[str, Any]:
    return {"prompt": PROMPT, "options": {"caption_style": style}}


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"prompt": ""}, "#/prompt"),
        ({"prompt": "x" * 50_000}, "#/prompt"),
        ({"prompt": "The sea\0."}, "#/prompt"),
        ({"prompt": PROMPT, "options": {"negative_prompt": "\0"}}, "#/options/negative_prompt"),
        ({"prompt": "🎬 <b></b> ✨"}, "#/prompt"),
        ({"recipe": "film"}, "#/prompt"),
        ({"prompt": PROMPT, "options": {"duration": 0}}, "#/options/duration_seconds"),
        ({"prompt": PROMPT, "options": {"duration": 10_000}}, "#/options/duration_seconds"),
        ({"prompt": PROMPT, "options": {"resolution": "1234x567"}}, "#/options/resolution"),
        ({"prompt": PROMPT, "options": {"resolution": "2160p"}}, "#/options/resolution"),
        ({"prompt": PROMPT, "options": {"engine": "crayons"}}, "#/engine"),
        ({"prompt": PROMPT, "options": {"template": "picture"}}, "#/options/images"),
        ({"prompt": PROMPT, "options": {"template": "collage"}}, "#/options/template"),
        ({"prompt": PROMPT, "options": {"voice": "gandalf"}}, "#/options/voice"),
        ({"prompt": SPANISH, "options": {"voice": "af_heart"}}, "#/options/voice"),
        ({"prompt": PROMPT, "options": {"brand": {"font": "Wingdings 9"}}}, "#/options/brand/font"),
        (styled(font="Wingdings 9"), "#/options/caption_style/font"),
        (styled(colour="red"), "#/options/caption_style/colour"),
        ({"prompt": PROMPT, "options": {"images": [UNKNOWN_ID]}}, "#/options/images/0"),
        ({"prompt": PROMPT, "options": {"image": UNKNOWN_ID}}, "#/options/image"),
        ({"prompt": PROMPT, "options": {"music": UNKNOWN_ID}}, "#/options/music"),
        ({"prompt": PROMPT, "options": {"brand": {"logo": UNKNOWN_ID}}}, "#/options/brand/logo"),
        (
            {"prompt": PROMPT, "options": {"voice_over": "uploaded", "voice_over_media": UNKNOWN_ID}},
            "#/options/voice_over_media",
        ),
        ({"prompt": PROMPT, "options": {"writer": "nobody"}}, "#/writer"),
        ({"prompt": PROMPT, "recipe": "transcript"}, "#/prompt"),
    ],
)  # fmt: skip
async def test_what_can_never_be_made_is_refused_before_work_starts(
    api: Installation, wish: dict[str, Any], pointer: str
) -> None:
    for route in ("/api/jobs", "/api/jobs/estimate"):
        refused = await api.client.post(route, json=wish)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == pointer
    assert (await api.client.get("/api/jobs")).json()["items"] == []


async def test_music_without_sound_and_pictures_that_are_none_are_refused(api: Installation) -> None:
    recording, picture = (await api.bring())["id"], await brought_picture(api)
    for wish, why in (
        ({"image": recording}, "is no picture"),
        ({"images": [picture, recording]}, "is no picture"),
        ({"brand": {"logo": recording}}, "is no picture"),
        ({"music": picture}, "no sound"),
    ):
        answer = await api.client.post("/api/jobs", json={"prompt": PROMPT, "options": wish})
        assert (answer.status_code, why in answer.text) == (422, True)
        assert answer.json()["errors"][0]["pointer"].startswith(f"#/options/{next(iter(wish))}")


@pytest.mark.parametrize("role", ["image", "images", "music", "logo", "voice"])
async def test_what_a_waiting_film_needs_cannot_be_deleted(api: Installation, role: str) -> None:
    heard = role in {"music", "voice"}
    media_id = (await api.bring())["id"] if heard else await brought_picture(api)
    wishes: dict[str, dict[str, Any]] = {
        "image": {"image": media_id},
        "images": {"images": [media_id]},
        "music": {"music": media_id},
        "logo": {"brand": {"logo": media_id}},
        "voice": {"voice_over": "uploaded", "voice_over_media": media_id},
    }
    job = await asked(api, prompt=PROMPT, options=wishes[role])
    unused = await brought_picture(api)
    # Words are no reference.
    await asked(api, prompt=f"What is {unused} to us?")
    kept = await api.client.delete(f"/api/media/{media_id}")
    assert (kept.status_code, kept.json()["type"], job["id"] in kept.text) == (
        409, "/problems/media-in-use", True,
    )  # fmt: skip
    assert (await api.client.delete(f"/api/media/{unused}")).status_code == 204
    await api.client.post(f"/api/jobs/{job['id']}/cancel")
    # A recording stays with its job until that is deleted, as everywhere.
    assert (await api.client.delete(f"/api/media/{media_id}")).status_code == (
        409 if role == "voice" else 204
    )


async def test_an_estimate_tells_credits_time_and_size_and_starts_nothing(api: Installation) -> None:
    text = "A sentence of exactly seven short words. " * 20
    answer = await api.client.post("/api/jobs/estimate", json={"prompt": text})
    told = answer.json()
    assert (answer.status_code, told["engine"], told["processing_seconds"]) == (200, "storyboard", None)
    assert told["seconds"] == pytest.approx(20 * 7 / 2.5 * 1.15, rel=0.01)
    assert told["credits"] == pytest.approx(told["seconds"] / 60, rel=0.01)
    assert (told["width"], told["height"], told["frames_per_second"]) == (1920, 1080, 30)
    assert told["size_bytes"] > 1_000_000
    assert (await api.client.get("/api/jobs")).json()["items"] == []
    await asked(api, recipe="film", prompt=PROMPT)
    await made(api)
    later = (await api.client.post("/api/jobs/estimate", json={"prompt": text})).json()
    assert later["processing_seconds"] is not None
    recording = (await api.bring(data=wav(3.0)))["id"]
    memo = (
        await api.client.post("/api/jobs/estimate", json={"recipe": "film", "media_id": recording})
    ).json()
    assert (memo["engine"], memo["seconds"]) == ("audiogram", 3.0)


async def test_a_film_that_came_that_way_is_run_again_by_an_administrator_alone(
    exposed: Installation,
) -> None:
    ana: Somebody = await person(exposed)
    older = await ana.asks("POST", "/api/jobs", json={"prompt": PROMPT})
    native = await ana.asks("POST", "/api/jobs", json={"prompt": PROMPT, "recipe": "film"})
    for _ in range(2):
        await exposed.queue.fail(await exposed.claim(), FAULT)
    refused = await ana.asks("POST", f"/api/jobs/{older.json()['id']}/retry")
    assert (refused.status_code, "admin" in refused.text) == (403, True)
    boss = await person(exposed, "boss@example.org", Role.ADMIN)
    allowed = await boss.asks("POST", f"/api/jobs/{older.json()['id']}/retry")
    assert (allowed.status_code, allowed.json()["status"]) == (202, "pending")
    again = await ana.asks("POST", f"/api/jobs/{native.json()['id']}/retry")
    assert again.status_code == 202


async def test_a_film_reserves_its_length(api: Installation) -> None:
    job = await asked(api, recipe="film", prompt=PROMPT, options={"duration_seconds": 90})
    async with api.services.database.reading() as session:
        row = await session.get_one(Job, UUID(job["id"]))
        entries = await session.scalars(select(UsageEntry).where(UsageEntry.job_id == row.id))
        reserved = {entry.kind: entry.amount for entry in entries}
    assert (row.engine, row.queue) == ("storyboard", "cpu")
    assert reserved == {UsageKind.JOBS: 1.0, UsageKind.GENERATED_SECONDS: 90.0}


async def test_the_estimate_is_a_resource_of_its_own(api: Installation) -> None:
    for method in ("PUT", "GET", "DELETE"):
        answer = await api.client.request(method, "/api/jobs/estimate")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    answer = await api.client.request("PUT", "/api/jobs")
    assert answer.headers["Allow"] == "GET, POST"
