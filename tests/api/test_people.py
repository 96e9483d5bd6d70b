"""Accounts as those see them who run the installation, and the first of them."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.api.accounts import EMAIL, PASSWORD, bearer, deeds, front_door, newcomer, problem, signed_in
from tests.api.installation import UNKNOWN_ID, Installation
from tests.api.people import Somebody, person

from surtitle.accounts.access import Role
from surtitle.bootstrap.setup_link import show_setup_link
from surtitle.db.models import PERSONAL_PROJECT

USERS = "/api/admin/users"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        yield installation


@pytest.fixture
async def boss(door: Installation) -> Somebody:
    return await person(door, "boss@example.org", Role.ADMIN)


async def test_people_are_listed_in_pages_and_found_by_part_of_the_e_mail(
    door: Installation, boss: Somebody
) -> None:
    for name in ("ada", "bob", "a%b"):
        await person(door, f"{name}@example.org")
    page = await boss.gets(f"{USERS}?limit=3")
    rest = await boss.gets(f"{USERS}?limit=3&cursor={page['next_cursor']}")
    emails = [user["email"] for user in [*page["items"], *rest["items"]]]
    assert emails == ["a%b@example.org", "bob@example.org", "ada@example.org", "boss@example.org"]
    assert rest["next_cursor"] is None
    for search, found in [("ADA@", 1), ("%25", 1), ("_", 0), ("' OR 1=1 --", 0)]:
        assert len((await boss.gets(f"{USERS}?search={search}"))["items"]) == found
    assert "password" not in str(page)


async def test_support_looks_and_changes_nothing(door: Installation, boss: Somebody) -> None:
    helper = await person(door, "helper@example.org", Role.SUPPORT)
    ada = await person(door)
    assert (await helper.gets(f"{USERS}/{ada.id}"))["email"] == "ana@example.org"
    answer = await helper.asks("PATCH", f"{USERS}/{ada.id}", json={"role": "admin"})
    assert problem(answer) == (403, "not-allowed")
    for method in ("GET", "PATCH"):
        assert problem(await ada.asks(method, f"{USERS}/{ada.id}", json={})) == (403, "not-allowed")
    assert problem(await boss.asks("GET", f"{USERS}/{UNKNOWN_ID}")) == (404, "user-not-found")


async def test_a_new_role_counts_at_once(door: Installation, boss: Somebody) -> None:
    ada = await person(door)
    assert (await ada.asks("GET", USERS)).status_code == 403
    answer = await boss.asks("PATCH", f"{USERS}/{ada.id}", json={"role": "support"})
    assert answer.json()["role"] == "support"
    assert (await ada.asks("GET", USERS)).status_code == 200
    assert ("user.role-changed", "done") in await deeds(door)


async def test_who_is_blocked_is_out_at_once_and_comes_in_again_later(
    door: Installation, boss: Somebody
) -> None:
    tokens = await newcomer(door)
    path = f"{USERS}/{(await boss.gets(USERS))['items'][0]['id']}"
    assert (await boss.asks("PATCH", path, json={"state": "blocked"})).json()["state"] == "blocked"
    me = await door.client.get("/api/users/me", headers=bearer(tokens))
    assert problem(me) == (401, "bad-token")
    refused = await door.client.post("/api/token/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert problem(refused) == (401, "bad-refresh-token")
    await boss.asks("PATCH", path, json={"state": "active"})
    await signed_in(door)


async def test_the_last_administrator_stays_one(door: Installation, boss: Somebody) -> None:
    path = f"{USERS}/{boss.id}"
    for change in ({"role": "user"}, {"state": "blocked"}):
        assert problem(await boss.asks("PATCH", path, json=change)) == (409, "last-administrator")
    second = await person(door, "second@example.org", Role.ADMIN)
    assert (await boss.asks("PATCH", path, json={"role": "user"})).status_code == 200
    answer = await second.asks("PATCH", f"{USERS}/{second.id}", json={"role": "support"})
    assert problem(answer) == (409, "last-administrator")


async def test_only_role_and_state_can_be_changed(boss: Somebody) -> None:
    for change in ({"email": "x@example.org"}, {"password_hash": "x"}, {"role": "root"}, {"state": "erased"}):
        answer = await boss.asks("PATCH", f"{USERS}/{boss.id}", json=change)
        assert problem(answer) == (422, "invalid-request")


async def test_the_link_in_the_log_makes_the_first_administrator_once(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await show_setup_link(door.services, "http://localhost:8123")
    found = re.search(r"http://localhost:8123/account/setup#(\S+)", caplog.text)
    assert found
    wish = {"token": found[1], "email": EMAIL, "password": PASSWORD}
    guessed = await door.client.post("/api/setup", json={**wish, "token": "guessed"})
    assert problem(guessed) == (403, "bad-link")
    answers = await asyncio.gather(
        door.client.post("/api/setup", json=wish),
        door.client.post("/api/setup", json={**wish, "email": "thief@example.org"}),
    )
    assert sorted(answer.status_code for answer in answers) == [201, 403]

    made = next(answer.json() for answer in answers if answer.status_code == 201)
    assert (made["role"], made["default_project_id"]) == ("admin", str(PERSONAL_PROJECT))
    # What a personal installation has kept is now that person's.
    tokens = await signed_in(door, made["email"])
    [project] = (await door.client.get("/api/projects", headers=bearer(tokens))).json()["items"]
    assert (project["id"], project["role"]) == (str(PERSONAL_PROJECT), "owner")

    caplog.clear()
    await show_setup_link(door.services, "http://localhost:8123")
    assert "/account/setup" not in caplog.text


async def test_an_older_link_makes_no_second_administrator(door: Installation) -> None:
    links = [await door.services.people.setup.offer() for _ in range(2)]
    for number, (token, status) in enumerate(zip(links, (201, 409), strict=True)):
        wish = {"token": token, "email": f"ada{number}@example.org", "password": PASSWORD}
        assert (await door.client.post("/api/setup", json=wish)).status_code == status


async def test_a_personal_installation_offers_no_link(
    api: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await show_setup_link(api.services, "http://localhost:8123")
    assert caplog.text == ""
