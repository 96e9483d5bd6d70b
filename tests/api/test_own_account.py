"""What people do about their own accounts: forgotten passwords, another e-mail, and nothing more."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from tests.api.accounts import (
    EMAIL,
    PASSWORD,
    bearer,
    deeds,
    front_door,
    links,
    log_in,
    newcomer,
    problem,
    register,
    signed_in,
)
from tests.api.installation import Installation, installed
from tests.notifications.postbox import mail_settings, open_postbox, part

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.own_account import OwnAccount
from surtitle.clock import utc_now
from surtitle.config import AccountSettings, MailSettings, ServerSettings
from surtitle.db.account_models import OneTimeToken, User

ME = "/api/users/me"
RESET = "/api/password-reset"
NEW = "another fine sentence"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        yield installation


async def confirm(door: Installation, token: str, password: str = NEW) -> httpx.Response:
    return await door.client.post(f"{RESET}/confirm", json={"token": token, "password": password})


async def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = await newcomer(door)
    assert (await door.client.post(RESET, json={"email": EMAIL.upper()})).status_code == 202
    [token] = links(caplog)
    assert problem(await confirm(door, token, "short")) == (422, "weak-password")
    assert (await confirm(door, token)).status_code == 204
    assert problem(await confirm(door, token)) == (403, "bad-link")

    # Whoever knew the old one is out.
    assert problem(await door.client.get(ME, headers=bearer(tokens))) == (401, "bad-token")
    assert problem(await log_in(door)) == (401, "wrong-credentials")
    await signed_in(door, password=NEW)
    assert ("password.reset", "done") in await deeds(door)


async def test_asking_does_not_tell_who_has_an_account(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await newcomer(door)
    caplog.clear()
    known = await door.client.post(RESET, json={"email": EMAIL})
    assert len(links(caplog)) == 1
    caplog.clear()
    for nobody in ("nobody@example.org", "nonsense", "'; DROP TABLE users;--"):
        unknown = await door.client.post(RESET, json={"email": nobody})
        assert (unknown.status_code, unknown.json()) == (known.status_code, known.json())
    assert links(caplog) == []


async def test_nobodys_mailbox_is_filled_by_asking_again_and_again(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await newcomer(door)
    for _ in range(5):
        await door.client.post(RESET, json={"email": EMAIL})
    assert len(links(caplog)) == 1


async def test_a_late_link_and_one_for_something_else_do_not_work(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await newcomer(door)
    await door.client.post(RESET, json={"email": EMAIL})
    [token] = links(caplog)
    assert problem(await door.client.post("/api/email/confirm", json={"token": token})) == (403, "bad-link")
    setup = {"token": token, "email": "x@example.org", "password": PASSWORD}
    assert problem(await door.client.post("/api/setup", json=setup)) == (403, "bad-link")
    async with door.services.database.writing() as session:
        await session.execute(update(OneTimeToken).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert problem(await confirm(door, token)) == (403, "bad-link")


async def test_of_two_who_follow_a_link_at_once_one_sets_the_password(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await newcomer(door)
    await door.client.post(RESET, json={"email": EMAIL})
    [token] = links(caplog)
    answers = await asyncio.gather(*(confirm(door, token, f"sentence number {n}") for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 403, 403]


async def test_a_blocked_person_comes_not_back_by_a_link(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    user_id = UUID((await register(door)).json()["id"])
    await door.services.people.users.set_blocked(OWNER_OF_MACHINE, user_id, blocked=True, address=None)
    caplog.clear()
    await door.client.post(RESET, json={"email": EMAIL})
    assert links(caplog) == []


async def test_the_token_is_stored_as_a_hash_alone(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await newcomer(door)
    await door.client.post(RESET, json={"email": EMAIL})
    [token] = links(caplog)
    async with door.services.database.reading() as session:
        [row] = await session.scalars(select(OneTimeToken))
    assert token not in str(row.__dict__)


async def test_a_reset_is_mailed_where_a_server_is_set_and_its_link_is_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_postbox() as (postbox, port):
        async with installed(
            tmp_path / "data",
            server=ServerSettings(auth="required", public_url="https://localhost"),
            accounts=AccountSettings(password_passes=1, password_memory_kib=8),
            mail=mail_settings(port),
        ) as door:
            await register(door)
            await door.client.post(RESET, json={"email": EMAIL})
            # How long an answer takes must not tell whether somebody got a mail.
            assert postbox.mails == []
            await door.services.notifications.sender.send_due()
        [mail] = postbox.mails
    assert mail["To"] == EMAIL
    assert "https://localhost/account/new-password#" in part(mail)
    assert links(caplog) == []


async def test_a_mail_server_that_is_away_changes_no_answer(tmp_path: Path) -> None:
    async with installed(
        tmp_path / "data",
        server=ServerSettings(auth="required"),
        accounts=AccountSettings(password_passes=1, password_memory_kib=8),
        mail=MailSettings(host="127.0.0.1", port=1, security="none"),
    ) as door:
        await register(door)
        assert (await door.client.post(RESET, json={"email": EMAIL})).status_code == 202


@pytest.mark.parametrize("how", ["reset", "changed", "set"])
async def test_a_new_password_voids_a_change_of_e_mail_that_was_not_answered_yet(
    door: Installation, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """Whoever knew the old password may have asked for it, to come back by a mailbox of their own."""
    tokens = await newcomer(door)
    headers = bearer(tokens)
    await door.client.patch(ME, json={"email": "thief@example.org", "password": PASSWORD}, headers=headers)
    [waiting] = links(caplog)
    caplog.clear()
    if how == "reset":
        await door.client.post(RESET, json={"email": EMAIL})
        assert (await confirm(door, *links(caplog))).status_code == 204
    elif how == "changed":
        wish = {"current_password": PASSWORD, "new_password": NEW}
        assert (await door.client.post(f"{ME}/password", json=wish, headers=headers)).is_success
    else:
        me = (await door.client.get(ME, headers=headers)).json()
        await door.services.people.users.set_password(OWNER_OF_MACHINE, UUID(me["id"]), NEW, None)
    answer = await door.client.post("/api/email/confirm", json={"token": waiting})
    assert problem(answer) == (403, "bad-link")
    await signed_in(door, password=NEW)


@pytest.mark.parametrize("wish", ["email", "password"])
async def test_what_was_proved_by_the_password_before_is_not_done_after_a_new_one(
    door: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, wish: str
) -> None:
    headers = bearer(await newcomer(door))
    me = (await door.client.get(ME, headers=headers)).json()
    proved = OwnAccount.proved

    async def slowly(*asked: Any) -> User:
        user = await proved(*asked)
        await door.services.people.users.set_password(OWNER_OF_MACHINE, UUID(me["id"]), NEW, None)
        return user

    monkeypatch.setattr(OwnAccount, "proved", slowly)
    if wish == "email":
        change = {"email": "thief@example.org", "password": PASSWORD}
        answer = await door.client.patch(ME, json=change, headers=headers)
    else:
        change = {"current_password": PASSWORD, "new_password": "the thief's own sentence"}
        answer = await door.client.post(f"{ME}/password", json=change, headers=headers)
    assert problem(answer) == (403, "wrong-password")
    assert links(caplog) == []
    await signed_in(door, password=NEW)


async def test_a_new_e_mail_needs_the_password_and_an_answer_from_there(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    tokens = await newcomer(door)
    headers = bearer(tokens)
    wish = {"email": "ada@work.example", "password": "not the password"}
    assert (
        await door.client.patch(ME, json={"email": "ada@work.example"}, headers=headers)
    ).status_code == 422
    assert problem(await door.client.patch(ME, json=wish, headers=headers)) == (403, "wrong-password")
    assert links(caplog) == []
    answer = await door.client.patch(ME, json={**wish, "password": PASSWORD}, headers=headers)
    assert answer.json()["email"] == EMAIL

    [token] = links(caplog)
    assert "To: ada@work.example" in caplog.text
    assert (await door.client.post("/api/email/confirm", json={"token": token})).status_code == 204
    assert (await door.client.get(ME, headers=headers)).json()["email"] == "ada@work.example"
    assert f"To: {EMAIL}" in caplog.text.partition("Your e-mail was changed")[0]
    await signed_in(door, "ada@work.example")
    assert problem(await log_in(door)) == (401, "wrong-credentials")


async def test_whether_another_has_the_address_is_told_to_them_alone(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await newcomer(door, "bob@example.org")
    headers = bearer(await newcomer(door))
    answers = [
        await door.client.patch(ME, json={"email": email, "password": PASSWORD}, headers=headers)
        for email in ("bob@example.org", "new@example.org")
    ]
    assert answers[0].json() == answers[1].json()
    assert caplog.text.count("You have an account already") == 1
    assert len(links(caplog)) == 1


async def test_nobody_gives_themselves_a_role_a_state_or_another_id(door: Installation) -> None:
    headers = bearer(await newcomer(door))
    for change in ({"role": "admin"}, {"state": "active"}, {"id": "x"}, {"second_factor": False}):
        answer = await door.client.patch(ME, json=change, headers=headers)
        assert problem(answer) == (422, "invalid-request")
    assert (await door.client.get(ME, headers=headers)).json()["role"] == "user"


async def test_ones_default_project_is_one_that_one_is_in(door: Installation) -> None:
    headers = bearer(await newcomer(door))
    other = (await door.client.get(ME, headers=bearer(await newcomer(door, "bob@example.org")))).json()
    wish = {"default_project_id": other["default_project_id"]}
    assert (await door.client.patch(ME, json=wish, headers=headers)).status_code == 404
    made = (await door.client.post("/api/projects", json={"name": "Second"}, headers=headers)).json()
    changed = await door.client.patch(ME, json={"default_project_id": made["id"]}, headers=headers)
    assert changed.json()["default_project_id"] == made["id"]


async def test_an_address_that_another_has_taken_meanwhile_is_not_given_twice(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    headers = bearer(await newcomer(door))
    await door.client.patch(ME, json={"email": "new@example.org", "password": PASSWORD}, headers=headers)
    [token] = links(caplog)
    await register(door, "NEW@example.org")
    assert problem(await door.client.post("/api/email/confirm", json={"token": token})) == (403, "bad-link")
    assert (await door.client.get(ME, headers=headers)).json()["email"] == EMAIL


async def test_nobodys_mailbox_is_filled_by_giving_it_as_a_new_address(door: Installation) -> None:
    headers = bearer(await newcomer(door))
    wish = {"email": "victim@example.org", "password": PASSWORD}
    answers = [await door.client.patch(ME, json=wish, headers=headers) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert problem(answers[-1]) == (429, "too-many-letters")
