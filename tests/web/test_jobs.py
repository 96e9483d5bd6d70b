"""The list of jobs, and what its form does."""

import asyncio
import json
import re
from typing import Any
from uuid import UUID

import httpx
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import person
from tests.web.browsing import form_to, send, signed_in

from surtitle.accounts.access import Role
from surtitle.db.account_models import Membership

HOSTILE = '"><img src=x onerror=alert(1)>.wav'


async def test_an_empty_list_teaches(home: Installation) -> None:
    page = (await home.client.get("/app/jobs")).text
    assert "Nothing has been written down yet" in page
    assert 'href="/app"' in page


async def test_a_job_is_shown_with_its_name_its_state_and_what_can_be_done(home: Installation) -> None:
    media = await home.bring(HOSTILE)
    waits = await home.start(media_id=media["id"])
    page = (await home.client.get("/app/jobs")).text
    assert "<img src=x" not in page
    assert "Waiting" in page
    assert f'value="cancel {waits["id"]}"' in page
    await home.fail("no-sound")
    page = (await home.client.get("/app/jobs")).text
    assert "The recording has no sound track." in page
    assert f'value="retry {waits["id"]}"' in page


async def test_jobs_are_found_by_state_kind_and_name(home: Installation) -> None:
    for name, recipe in (("Harbour.wav", "transcript"), ("100%.wav", "subtitles")):
        await home.start(recipe, media_id=(await home.bring(name))["id"])
    await home.finish()

    async def named(query: str) -> list[str]:
        page = (await home.client.get(f"/app/jobs?{query}")).text
        return re.findall(r'class="job-name"><a [^>]+>([^<]+)</a>', page)

    assert await named("") == ["100%.wav", "Harbour.wav"]
    assert await named("state=succeeded") == ["Harbour.wav"]
    assert await named("state=active") == ["100%.wav"]
    assert await named("recipe=subtitles") == ["100%.wav"]
    assert await named("named=HARB") == ["Harbour.wav"]
    assert await named("named=%25") == ["100%.wav"]
    assert await named("named=nothing") == []


async def test_the_list_goes_on_where_a_page_ends(home: Installation) -> None:
    media = await home.bring()
    for _ in range(31):
        await home.start(media_id=media["id"])
    first = (await home.client.get("/app/jobs?state=active")).text
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await home.client.get(older.replace("&amp;", "&"))).text
    ids = [re.findall(r'data-job="([^"]+)"', page) for page in (first, second)]
    assert [len(page) for page in ids] == [30, 1]
    assert not set(ids[0]) & set(ids[1])
    assert 'data-live=""' in second


async def test_several_jobs_are_cancelled_and_tried_again(home: Installation) -> None:
    jobs = [(await home.start())["id"] for _ in range(2)]
    answer = await _does(home, "cancel", jobs)
    assert answer.headers["location"] == "/app/jobs?done=2&left=0"
    assert {job["state"] for job in await _listed(home)} == {"cancelled"}
    again = await _does(home, "cancel", [*jobs, UNKNOWN_ID])
    assert again.headers["location"] == "/app/jobs?done=0&left=3"
    assert "3 jobs had moved on" in (await home.client.get(again.headers["location"])).text
    await _does(home, "retry", jobs)
    assert {job["state"] for job in await _listed(home)} == {"queued"}


async def test_what_was_never_started_is_not_offered_again(home: Installation) -> None:
    files = {"file": ("talk.wav", wav())}
    job = (await home.client.post("/upload", files=files)).json()["job_id"]
    await _does(home, "cancel", [job])
    for page in ("/app/jobs", f"/app/recordings/{job}"):
        shown = (await home.client.get(page)).text
        assert "Cancelled" in shown or "The job was cancelled" in shown
        assert f'value="retry {job}"' not in shown
    answer = await _does(home, "retry", [job])
    assert answer.headers["location"] == "/app/jobs?done=0&left=1"


async def test_a_film_that_only_an_administrator_can_try_again_is_left_and_the_rest_is_not(
    door: Installation,
) -> None:
    await person(door, "boss@example.org", Role.ADMIN)
    await signed_in(door)
    csrf = door.client.cookies["surtitle_csrf"]
    door.client.headers["X-CSRF-Token"] = csrf
    film = (await door.client.post("/api/jobs", json={"prompt": "The sea at night."})).json()
    other = await door.start()
    await _does(door, "cancel", [film["id"], other["id"]], csrf=csrf)
    for page in ("/app/jobs", f"/app/recordings/{film['id']}"):
        assert f'value="retry {film["id"]}"' not in (await door.client.get(page)).text
    assert f'value="retry {other["id"]}"' in (await door.client.get("/app/jobs")).text
    answer = await _does(door, "retry", [film["id"], other["id"]], csrf=csrf)
    assert answer.headers["location"] == "/app/jobs?done=1&left=1"


async def test_a_deletion_is_asked_about_first(home: Installation) -> None:
    job = await home.start(media_id=(await home.bring(HOSTILE))["id"])
    asked = await _does(home, "delete", [job["id"]])
    assert "Delete this job?" in asked.text
    assert "<img src=x" not in asked.text
    assert len(await _listed(home)) == 1
    sure = form_to(asked.text, "/app/jobs/do")
    assert (await send(home, sure, do="delete")).status_code == 303
    assert await _listed(home) == []


async def test_who_only_reads_finds_no_buttons_and_is_refused(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    job = await owner.starts()
    await signed_in(door, "viewer@example.org")
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    me = (await door.client.get("/api/users/me")).json()
    async with door.services.database.writing() as session:
        session.add(Membership(project_id=owner.project_id, user_id=UUID(me["id"]), role="viewer"))
    door.services.authenticator.forget_everybody()
    page = await door.client.get(f"/app/recordings/{job['id']}")
    assert page.status_code == 200
    wish = {"default_project_id": str(owner.project_id)}
    await door.client.patch("/api/users/me", json=wish, headers=csrf)
    page = await door.client.get("/app/jobs")
    assert job["id"] in page.text
    assert 'name="one"' not in page.text
    refused = await _does(door, "cancel", [job["id"]], csrf=csrf["X-CSRF-Token"])
    assert refused.status_code == 403
    assert "You may look at this" in refused.text


async def test_the_list_follows_what_happens(home: Installation) -> None:
    job = await home.start()
    async with home.served() as client, client.stream("GET", "/app/jobs/live") as stream:
        events = _events(stream)
        kind, told = await anext(events)
        assert (kind, [one[0] for one in told["rows"]]) == ("list", [job["id"]])
        await home.client.post(f"/api/jobs/{job['id']}/cancel")
        kind, told = await asyncio.wait_for(anext(events), 30)
        assert (kind, told["id"]) == ("row", job["id"])
        assert "Cancelled" in told["row"]


async def _events(stream: httpx.Response) -> Any:
    kind = ""
    async for line in stream.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


async def _does(api: Installation, deed: str, jobs: list[str], csrf: str = "") -> httpx.Response:
    return await api.client.post("/app/jobs/do", data={"do": deed, "job": jobs, "csrf": csrf})


async def _listed(api: Installation) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await api.client.get("/api/jobs")).json()["items"]
    return items
