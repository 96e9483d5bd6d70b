"""Registering: who may, what is told, and what is not."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.accounts import (
    EMAIL,
    PASSWORD,
    bearer,
    deeds,
    front_door,
    links,
    log_in,
    problem,
    register,
    signed_in,
)
from tests.api.installation import Installation

from surtitle.accounts.access import OWNER_OF_MACHINE, Role
from surtitle.accounts.invitations import InvitationWish


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        yield installation


async def test_a_new_account_works_at_once_and_has_a_project_and_a_profile(door: Installation) -> None:
    answer = await register(door, "Ada@Example.org", name="Ada")
    assert answer.status_code == 201
    assert answer.json() == {
        "schema_version": 1,
        "id": answer.json()["id"],
        "email": "Ada@Example.org",
        "status": "registered",
    }
    headers = bearer(await signed_in(door, "ADA@example.ORG"))
    me = (await door.client.get("/api/users/me", headers=headers)).json()
    assert (me["id"], me["role"], me["state"]) == (answer.json()["id"], "user", "active")
    assert me["default_project_id"] is not None
    assert (await door.client.get("/api/jobs", headers=headers)).status_code == 200
    profiles = (await door.client.get("/api/users/me/profiles", headers=headers)).json()
    assert [profile["name"] for profile in profiles["items"]] == ["Ada"]


@pytest.mark.parametrize(
    ("asked", "language"),
    [("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("de,es;q=0.5", "es"), ("ja", "en"), ("", "en")],
)
async def test_a_first_profile_is_in_the_language_that_was_read_at_the_registration(
    door: Installation, asked: str, language: str
) -> None:
    wish = {"email": EMAIL, "password": PASSWORD}
    await door.client.post("/api/register", json=wish, headers={"Accept-Language": asked})
    headers = bearer(await signed_in(door))
    [profile] = (await door.client.get("/api/users/me/profiles", headers=headers)).json()["items"]
    assert profile["language"] == language


async def test_a_known_address_gets_the_same_answer_and_its_owner_a_mail(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    first = await register(door)
    caplog.clear()
    second = await register(door, EMAIL.upper(), "a thief's own password")
    assert second.status_code == first.status_code
    assert second.json().keys() == first.json().keys()
    assert second.json()["status"] == first.json()["status"]
    assert second.json()["id"] != first.json()["id"]
    assert [dict(record.__dict__)["name"] for record in caplog.records] == ["surtitle.notifications.post"]
    assert f"To: {EMAIL}" in caplog.text
    assert "You have an account already" in caplog.text

    assert problem(await log_in(door, password="a thief's own password")) == (401, "wrong-credentials")
    await signed_in(door)
    assert ("registration.refused", "refused") in await deeds(door)


async def test_nobodys_mailbox_is_filled_by_registering_again_and_again(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(4):
        await register(door)
    assert caplog.text.count("You have an account already") == 1


async def test_nobody_registers_as_an_administrator(door: Installation) -> None:
    wish: dict[str, Any] = {
        "role": "admin",
        "state": "active",
        "is_admin": True,
        "id": "x",
        "default_project_id": "x",
    }
    assert (await register(door, **wish)).status_code == 201
    headers = bearer(await signed_in(door))
    assert (await door.client.get("/api/users/me", headers=headers)).json()["role"] == "user"
    assert (await door.client.get("/api/admin/users", headers=headers)).status_code == 403


@pytest.mark.parametrize("known", [False, True])
async def test_bad_input_is_told_where_it_is_alike_for_known_addresses(
    door: Installation, known: bool
) -> None:
    if known:
        await register(door)
    for field, value, kind in [
        ("email", "ada", "invalid"),
        ("email", f"{EMAIL}\r\nBcc: x@example.org", "invalid"),
        ("email", "'; DROP TABLE users;--", "invalid"),
        ("email", "x" * 10_000, "invalid-request"),
        ("password", "short", "weak-password"),
        ("password", "password123", "weak-password"),
        ("password", "x" * 10_000, "invalid-request"),
        ("name", "Ada\r\n[error] forged", "invalid"),
        ("name", "\ud800", "invalid-request"),
        ("name", "x" * 10_000, "invalid-request"),
    ]:
        # Written out: the client would not send half a character.
        body = json.dumps({"email": EMAIL, "password": PASSWORD, field: value})
        answer = await door.client.post(
            "/api/register", content=body, headers={"Content-Type": "application/json"}
        )
        assert problem(answer) == (422, kind)
        assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"#/{field}"]
        assert "DROP TABLE" not in answer.text
        assert "forged" not in answer.text


async def test_templates_and_sql_in_a_name_are_just_a_name(door: Installation) -> None:
    name = "{{7*7}} ${7*7} '; DROP TABLE users;-- <script>"
    assert (await register(door, name=name)).status_code == 201
    profiles = (await door.client.get("/api/users/me/profiles", headers=bearer(await signed_in(door)))).json()
    assert profiles["items"][0]["name"] == name


async def test_where_registration_is_closed_nobody_registers(tmp_path: Path) -> None:
    async with front_door(tmp_path, registration="closed") as door:
        assert problem(await register(door)) == (403, "registration-closed")
        assert problem(await register(door, invitation="in_x")) == (403, "registration-closed")


async def test_where_an_invitation_is_needed_it_lets_one_person_in(tmp_path: Path) -> None:
    async with front_door(tmp_path, registration="invitation") as door:
        people = door.services.people
        boss = await people.users.create(OWNER_OF_MACHINE, "boss@example.org", PASSWORD, Role.ADMIN, None)
        principal = await door.services.authenticator.by_token(
            (await signed_in(door, "boss@example.org"))["access_token"]
        )
        assert principal.user_id == boss.id
        token = (await people.invitations.invite(principal, InvitationWish(), None)).token

        assert problem(await register(door)) == (403, "registration-closed")
        bad = await register(door, invitation="in_unknown")
        assert bad.status_code >= 400
        # Nor does a bad invitation tell which addresses are known.
        known = await register(door, "boss@example.org", invitation="in_unknown")
        assert problem(known) == problem(bad)
        assert (await register(door, invitation=token)).status_code == 201
        await signed_in(door)
        assert (await register(door, "bob@example.org", invitation=token)).status_code >= 400


async def test_where_addresses_are_confirmed_nothing_tells_which_are_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with front_door(tmp_path, confirm_email=True) as door:
        answer = await register(door)
        assert answer.json()["status"] == "confirmation-sent"
        [token] = links(caplog)
        again = await register(door)
        assert (again.status_code, again.json()["status"]) == (201, "confirmation-sent")

        # Whoever registered cannot sign in, be the address new or known, and whatever the password.
        assert problem(await log_in(door)) == (401, "wrong-credentials")
        wrong = await door.client.post("/api/email/confirm", json={"token": "guessed"})
        assert problem(wrong) == (403, "bad-link")
        assert (await door.client.post("/api/email/confirm", json={"token": token})).status_code == 204
        await signed_in(door)
        again = await door.client.post("/api/email/confirm", json={"token": token})
        assert problem(again) == (403, "bad-link")


async def test_in_a_personal_installation_there_are_no_accounts(api: Installation) -> None:
    for method, path, body in [
        ("POST", "/api/register", {"email": EMAIL, "password": PASSWORD}),
        ("POST", "/api/login", {"email": EMAIL, "password": PASSWORD}),
        ("POST", "/users", {"email": EMAIL, "password": PASSWORD}),
        ("POST", "/api/token/refresh", {"refresh_token": "rt_x"}),
        ("POST", "/api/logout", None),
        ("GET", "/api/users/me", None),
        ("GET", "/api/admin/users", None),
    ]:
        answer = await api.client.request(method, path, json=body)
        assert problem(answer) == (409, "personal-installation"), path
        assert "--auth required" in answer.json()["detail"]
