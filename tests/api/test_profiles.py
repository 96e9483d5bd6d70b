"""Profiles from outside, and what jobs take from them."""

import asyncio
from typing import Any

from tests.api.accounts import problem
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, key_in, person

from surtitle.accounts.profiles import MOST_PROFILES
from surtitle.db.account_models import Project

MINE = "/api/users/me/profiles"


async def options_of_job(
    by: Somebody, options: dict[str, Any], profile: str | None = None, recipe: str = "subtitles"
) -> dict[str, Any]:
    media = await by.asks("POST", "/api/media", files={"file": ("talk.wav", wav())})
    wish = {"recipe": recipe, "media_id": media.json()["id"], "options": options}
    headers = {"X-Surtitle-Profile": profile} if profile else {}
    job = await by.asks("POST", "/api/jobs", json=wish, headers=headers)
    assert job.status_code == 202, job.text
    made: dict[str, Any] = job.json()["options"]
    return made


async def test_a_person_has_profiles_of_which_one_is_the_default(exposed: Installation) -> None:
    ana = await person(exposed)
    [first] = (await ana.gets(MINE))["items"]
    assert first["is_default"] is True
    wish = {"name": "Interviews", "language": "FR-ca", "time_zone": "America/Toronto"}
    second = await ana.does(MINE, wish)
    assert (second["language"], second["is_default"]) == ("fr-CA", False)
    changed = await ana.asks("PATCH", f"{MINE}/{second['id']}", json={"name": "Entrevues", "language": None})
    assert (changed.json()["name"], changed.json()["language"]) == ("Entrevues", "fr-CA")

    await ana.does(f"{MINE}/{second['id']}/default", status=200)
    now = {one["id"]: one["is_default"] for one in (await ana.gets(MINE))["items"]}
    assert now == {first["id"]: False, second["id"]: True}
    stays = await ana.asks("DELETE", f"{MINE}/{second['id']}")
    assert problem(stays) == (409, "default-profile-stays")
    assert (await ana.asks("DELETE", f"{MINE}/{first['id']}")).status_code == 204
    assert [one["id"] for one in (await ana.gets(MINE))["items"]] == [second["id"]]


async def test_of_two_made_the_default_at_the_same_time_one_is(exposed: Installation) -> None:
    ana = await person(exposed)
    made = [await ana.does(MINE, {"name": f"P{number}"}) for number in range(3)]
    await asyncio.gather(*(ana.does(f"{MINE}/{one['id']}/default", status=200) for one in made))
    assert sum(one["is_default"] for one in (await ana.gets(MINE))["items"]) == 1


async def test_anothers_profile_does_not_exist(exposed: Installation) -> None:
    ana, eve = await person(exposed), await person(exposed, "eve@example.org")
    [hers] = (await ana.gets(MINE))["items"]
    there = f"{MINE}/{hers['id']}"
    for method, path, body in (
        ("PATCH", there, {}),
        ("DELETE", there, None),
        ("POST", f"{there}/default", None),
    ):
        assert problem(await eve.asks(method, path, json=body)) == (404, "profile-not-found")


async def test_what_a_profile_cannot_be_is_refused(exposed: Installation) -> None:
    ana = await person(exposed)
    for wish in (
        {"name": ""}, {"name": " "}, {"name": "a\r\nb"}, {"name": "x" * 121}, {"name": 7}, {},
        {"name": "x", "language": "klingon"}, {"name": "x", "time_zone": "../../etc/passwd"},
        {"name": "x", "default_options": {"opera": {}}},
        {"name": "x", "default_options": {"transcript": {"beam_size": 0}}},
        {"name": "x", "is_default": True}, {"name": "x", "user_id": UNKNOWN_ID},
    ):  # fmt: skip
        assert (await ana.asks("POST", MINE, json=wish)).status_code == 422, wish
    assert len((await ana.gets(MINE))["items"]) == 1


async def test_nobody_has_profiles_without_end(exposed: Installation) -> None:
    ana = await person(exposed)
    for number in range(MOST_PROFILES - 1):
        await ana.does(MINE, {"name": f"P{number}"})
    assert problem(await ana.asks("POST", MINE, json={"name": "one more"})) == (409, "too-many-profiles")


async def test_a_job_takes_from_the_request_then_the_profile_then_the_project(exposed: Installation) -> None:
    ana = await person(exposed)
    async with exposed.services.database.writing() as session:
        project = await session.get_one(Project, ana.project_id)
        project.default_options = {"subtitles": {"language": "de", "beam_size": 2, "vad": False}}
    named = {"name": "French", "default_options": {"subtitles": {"language": "fr", "beam_size": 3}}}
    french = (await ana.does(MINE, named))["id"]

    made = await options_of_job(ana, {"beam_size": 4}, french)
    assert (made["beam_size"], made["language"], made["vad"]) == (4, "fr", False)
    # Without the header the default profile counts, which has no options yet.
    assert (await options_of_job(ana, {}))["language"] == "de"
    await ana.does(f"{MINE}/{french}/default", status=200)
    assert (await options_of_job(ana, {}))["language"] == "fr"
    assert (await options_of_job(ana, {}, recipe="transcript"))["language"] is None
    # A key is nobody: the project's options are all that it has.
    assert (await options_of_job(await key_in(exposed, ana.project_id), {}))["language"] == "de"


async def test_a_job_goes_by_no_profile_of_somebody_else(exposed: Installation) -> None:
    ana, eve = await person(exposed), await person(exposed, "eve@example.org")
    hers = (await ana.gets(MINE))["items"][0]["id"]
    media = await eve.asks("POST", "/api/media", files={"file": ("talk.wav", wav())})
    wish = {"recipe": "transcript", "media_id": media.json()["id"]}
    for by, profile in ((eve, hers), (eve, UNKNOWN_ID), (await key_in(exposed, eve.project_id), hers)):
        answer = await by.asks("POST", "/api/jobs", json=wish, headers={"X-Surtitle-Profile": profile})
        assert problem(answer) == (404, "profile-not-found")
    nonsense = await eve.asks("POST", "/api/jobs", json=wish, headers={"X-Surtitle-Profile": "mine"})
    assert nonsense.status_code == 422


async def test_the_owner_of_a_machine_has_no_profiles(api: Installation) -> None:
    assert problem(await api.client.get(MINE)) == (409, "personal-installation")
