"""Sessions: renewed, listed, ended; and tokens that come where they do not belong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.api.accounts import (
    EMAIL,
    PASSWORD,
    bearer,
    deeds,
    front_door,
    log_in,
    newcomer,
    problem,
    signed_in,
)
from tests.api.installation import Installation

from surtitle.clock import utc_now
from surtitle.db.account_models import OneTimeToken, RefreshToken, Session

ME = "/api/users/me"
REFRESH = "/api/token/refresh"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        yield installation


async def test_a_refresh_token_gives_new_tokens_once(door: Installation) -> None:
    tokens = await newcomer(door)
    answer = await door.client.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})
    assert answer.status_code == 200
    renewed = answer.json()
    assert renewed["session_id"] == tokens["session_id"]
    assert renewed["refresh_token"] != tokens["refresh_token"]
    assert (await door.client.get(ME, headers=bearer(renewed))).status_code == 200


async def test_a_used_refresh_token_that_comes_again_ends_its_session(door: Installation) -> None:
    tokens = await newcomer(door)
    other = await signed_in(door)
    first = await door.client.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})
    stolen = await door.client.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})
    assert problem(stolen) == (401, "bad-refresh-token")

    # Neither the thief nor the person goes on; the person's other session does.
    late = await door.client.post(REFRESH, json={"refresh_token": first.json()["refresh_token"]})
    assert late.json()["detail"] == stolen.json()["detail"]
    assert problem(await door.client.get(ME, headers=bearer(first.json()))) == (401, "bad-token")
    assert (await door.client.get(ME, headers=bearer(other))).status_code == 200
    assert ("session.token-reused", "refused") in await deeds(door)


async def test_of_two_at_once_with_one_refresh_token_one_at_most_gets_new_ones(door: Installation) -> None:
    tokens = await newcomer(door)
    wish = {"refresh_token": tokens["refresh_token"]}
    answers = await asyncio.gather(*(door.client.post(REFRESH, json=wish) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_unknown_late_and_ended_refresh_tokens_are_one_answer(door: Installation) -> None:
    tokens = await newcomer(door)
    unknown = await door.client.post(REFRESH, json={"refresh_token": "rt_guessed"})
    nothing = await door.client.post(REFRESH)
    async with door.services.database.writing() as session:
        await session.execute(update(RefreshToken).values(expires_at=utc_now() - timedelta(seconds=1)))
    late = await door.client.post(REFRESH, json={"refresh_token": tokens["refresh_token"]})
    other = await signed_in(door)
    await door.client.post("/api/logout", headers=bearer(other))
    ended = await door.client.post(REFRESH, json={"refresh_token": other["refresh_token"]})
    for answer in (unknown, nothing, late, ended):
        assert problem(answer) == (401, "bad-refresh-token")
        assert answer.json()["detail"] == unknown.json()["detail"]


async def test_tokens_work_only_for_what_they_are(door: Installation) -> None:
    tokens = await newcomer(door)
    as_access = await door.client.get(ME, headers={"Authorization": f"Bearer {tokens['refresh_token']}"})
    assert problem(as_access) == (401, "bad-token")
    as_refresh = await door.client.post(REFRESH, json={"refresh_token": tokens["access_token"]})
    assert problem(as_refresh) == (401, "bad-refresh-token")
    in_query = await door.client.get(
        f"{ME}?access_token={tokens['access_token']}&token={tokens['access_token']}"
    )
    assert problem(in_query) == (401, "unauthenticated")


async def test_signing_out_ends_this_session_alone(door: Installation) -> None:
    tokens, other = await newcomer(door), await signed_in(door)
    assert (await door.client.post("/api/logout", headers=bearer(tokens))).status_code == 204
    assert problem(await door.client.get(ME, headers=bearer(tokens))) == (401, "bad-token")
    assert (await door.client.get(ME, headers=bearer(other))).status_code == 200


async def test_ones_sessions_are_listed_and_can_be_ended_one_by_one(door: Installation) -> None:
    agent = {b"User-Agent": b"curl/8\xe9 " + b"x" * 1000}
    await newcomer(door)
    login = {"email": EMAIL, "password": PASSWORD}
    tokens = (await door.client.post("/api/login", json=login, headers=agent)).json()
    listed = (await door.client.get(f"{ME}/sessions", headers=bearer(tokens))).json()["items"]
    assert [session["current"] for session in listed] == [True, False]
    assert listed[0]["user_agent"].startswith("curl/8")
    assert len(listed[0]["user_agent"]) == 200
    assert listed[0]["address"] == "127.0.0.1"

    gone = f"{ME}/sessions/{listed[1]['id']}"
    assert (await door.client.delete(gone, headers=bearer(tokens))).status_code == 204
    listed = (await door.client.get(f"{ME}/sessions", headers=bearer(tokens))).json()["items"]
    assert [session["id"] for session in listed] == [tokens["session_id"]]


async def test_another_persons_session_does_not_exist(door: Installation) -> None:
    ada, bob = await newcomer(door), await newcomer(door, "bob@example.org")
    answer = await door.client.delete(f"{ME}/sessions/{ada['session_id']}", headers=bearer(bob))
    assert problem(answer) == (404, "session-not-found")
    assert (await door.client.get(ME, headers=bearer(ada))).status_code == 200


async def test_signing_out_everywhere_ends_every_session_and_no_later_one(door: Installation) -> None:
    tokens, other = await newcomer(door), await signed_in(door)
    answer = await door.client.post(f"{ME}/sessions/end-all", headers=bearer(tokens))
    assert answer.json()["ended"] == 2
    for gone in (tokens, other):
        assert problem(await door.client.get(ME, headers=bearer(gone))) == (401, "bad-token")
        refreshed = await door.client.post(REFRESH, json={"refresh_token": gone["refresh_token"]})
        assert problem(refreshed) == (401, "bad-refresh-token")
    assert (await door.client.get(ME, headers=bearer(await signed_in(door)))).status_code == 200


async def test_a_new_password_needs_the_present_one_and_ends_the_other_sessions(door: Installation) -> None:
    tokens, other = await newcomer(door), await signed_in(door)
    wish = {"current_password": "not the password", "new_password": "another fine sentence"}
    path = f"{ME}/password"
    assert problem(await door.client.post(path, json=wish, headers=bearer(tokens))) == (403, "wrong-password")
    weak = {"current_password": PASSWORD, "new_password": "short"}
    assert problem(await door.client.post(path, json=weak, headers=bearer(tokens))) == (422, "weak-password")

    wish["current_password"] = PASSWORD
    assert (await door.client.post(path, json=wish, headers=bearer(tokens))).status_code == 204
    assert (await door.client.get(ME, headers=bearer(tokens))).status_code == 200
    assert problem(await door.client.get(ME, headers=bearer(other))) == (401, "bad-token")
    assert (await log_in(door)).status_code == 401
    await signed_in(door, password="another fine sentence")


async def test_a_key_is_nobody_who_could_have_an_account(door: Installation) -> None:
    tokens = await newcomer(door)
    me = (await door.client.get(ME, headers=bearer(tokens))).json()
    made = await door.client.post(
        f"/api/projects/{me['default_project_id']}/keys", json={"name": "k"}, headers=bearer(tokens)
    )
    key = {"X-API-Key": made.json()["key"]}
    for method, path in [("GET", ME), ("GET", f"{ME}/sessions"), ("POST", "/api/logout")]:
        assert problem(await door.client.request(method, path, headers=key)) == (403, "not-allowed")


async def test_what_is_over_is_dropped_after_a_while(door: Installation) -> None:
    tokens, going_on = await newcomer(door), await signed_in(door)
    await door.client.post("/api/password-reset", json={"email": EMAIL})
    async with door.services.database.writing() as session:
        long_ago = utc_now() - timedelta(days=8)
        ended = update(Session).where(Session.id != UUID(going_on["session_id"]))
        await session.execute(ended.values(ended_at=long_ago, expires_at=long_ago))
        await session.execute(update(OneTimeToken).values(expires_at=long_ago))
    assert await door.services.people.sessions.remove_stale() == 1
    async with door.services.database.reading() as session:
        left = [str(one) for one in await session.scalars(select(Session.id))]
        assert left == [going_on["session_id"]] != [tokens["session_id"]]
        assert (await session.scalars(select(OneTimeToken))).all() == []
        assert [str(one.session_id) for one in await session.scalars(select(RefreshToken))] == left
