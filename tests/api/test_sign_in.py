"""Signing in: what works, and that nothing tells why it did not."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select
from tests.api.accounts import (
    EMAIL,
    PASSWORD,
    bearer,
    deeds,
    front_door,
    log_in,
    newcomer,
    problem,
    register,
    signed_in,
)
from tests.api.installation import Installation

from surtitle.accounts.passwords import Passwords, Verdict
from surtitle.config import AccountSettings
from surtitle.db.account_models import User


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        yield installation


class Watched(Passwords):
    """Notes whose hash each check was of."""

    def __init__(self) -> None:
        super().__init__(AccountSettings(password_passes=1, password_memory_kib=8))
        self.checked: list[str | None] = []

    async def verified(self, password: str, kept: str | None) -> Verdict:
        self.checked.append(kept)
        return await super().verified(password, kept)


async def test_the_video_generators_people_sign_in_as_they_always_did(door: Installation) -> None:
    tokens = await newcomer(door)
    assert tokens["token_type"] == "bearer"
    assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (900, 86_400)
    assert (await door.client.get("/api/users/me", headers=bearer(tokens))).status_code == 200
    by_name = await door.client.post("/api/login", json={"username": EMAIL, "password": PASSWORD})
    assert by_name.status_code == 200


async def test_unknown_wrong_and_blocked_are_one_answer(door: Installation) -> None:
    await newcomer(door)
    wrong = await log_in(door, password="not the password")
    unknown = await log_in(door, "nobody@example.org", "not the password")
    nonsense = await log_in(door, "'; DROP TABLE users;--\r\n[error] forged", "not the password")
    async with door.services.database.writing() as session:
        (await session.scalars(select(User))).one().state = "blocked"
    blocked = await log_in(door)
    assert problem(wrong) == (401, "wrong-credentials")
    assert wrong.headers["www-authenticate"] == "Bearer"
    for other in (unknown, nonsense, blocked):
        assert {**other.json(), "reference": ""} == {**wrong.json(), "reference": ""}
        assert other.status_code == wrong.status_code


async def test_an_unknown_person_costs_the_same_work_as_a_wrong_password(door: Installation) -> None:
    await newcomer(door)
    watched = Watched()
    door.services.people.sign_in._passwords = watched
    await log_in(door, password="not the password")
    await log_in(door, "nobody@example.org", "not the password")
    of_ada, of_nobody = watched.checked
    assert of_ada is not None
    # None is nobody's hash, which takes as long: tests/accounts/test_passwords.py.
    assert of_nobody is None


async def test_failures_are_in_the_audit_trail_and_no_password_is_in_the_log(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await newcomer(door)
    await log_in(door, password="not the password")
    told = await deeds(door)
    assert told[-1] == ("login.failed", "refused")
    assert ("login.succeeded", "done") in told
    assert PASSWORD not in caplog.text
    assert "not the password" not in caplog.text


async def test_a_thousand_wrong_passwords_are_few_checks_and_the_right_one_waits(door: Installation) -> None:
    await register(door)
    watched = Watched()
    door.services.people.sign_in._passwords = watched
    answers = [await log_in(door, password=f"guess number {number}") for number in range(1000)]
    kinds = {problem(answer) for answer in answers}
    assert kinds == {(401, "wrong-credentials"), (429, "too-many-attempts"), (429, "rate-limit-exceeded")}
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(watched.checked) < 15
    assert (await log_in(door)).status_code == 429


async def test_a_hash_with_older_parameters_is_replaced_at_the_next_sign_in(door: Installation) -> None:
    await newcomer(door)
    stronger = Passwords(AccountSettings(password_passes=2, password_memory_kib=8))
    door.services.people.sign_in._passwords = stronger
    await signed_in(door)
    async with door.services.database.reading() as session:
        hashed = (await session.scalars(select(User.password_hash))).one()
    assert hashed is not None
    assert ",t=2," in hashed
    await signed_in(door)


async def test_a_second_factor_is_asked_for_after_the_password(door: Installation) -> None:
    tokens = await newcomer(door)
    begun = await door.client.post(
        "/api/users/me/second-factor", headers=bearer(tokens), json={"password": PASSWORD}
    )
    app = pyotp.TOTP(begun.json()["secret"])
    confirmed = await door.client.post(
        "/api/users/me/second-factor/confirm", headers=bearer(tokens), json={"code": app.now()}
    )
    assert confirmed.status_code < 300, confirmed.text
    recovery = confirmed.json()["recovery_codes"][0]

    assert problem(await log_in(door, password="not the password", code=app.now())) == (
        401,
        "wrong-credentials",
    )
    assert problem(await log_in(door)) == (401, "second-factor-required")
    assert problem(await log_in(door, code="000000")) == (401, "wrong-code")
    assert (await log_in(door, code=recovery)).status_code == 200
    assert problem(await log_in(door, code=recovery)) == (401, "wrong-code")


async def test_a_login_without_its_parts_is_told_so(door: Installation) -> None:
    bodies: list[object] = [
        {},
        {"email": EMAIL},
        {"password": PASSWORD},
        {"email": 1, "password": 2},
        [],
        "x",
    ]
    for body in (*bodies, None):
        assert (await door.client.post("/api/login", json=body)).status_code == 422
