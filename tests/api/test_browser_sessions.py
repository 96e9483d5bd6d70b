"""Browsers: cookies that no script reads, and what another site's page cannot do with them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from tests.api.accounts import bearer, deeds, front_door, log_in, newcomer, problem, register, signed_in
from tests.api.installation import Installation

from surtitle.accounts.sessions import REUSE_GRACE
from surtitle.clock import utc_now
from surtitle.db.account_models import RefreshToken

ME = "/api/users/me"
REFRESH = "/api/token/refresh"
TERMS = {"terms": ["Kvistholm"]}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        await register(installation)
        yield installation


def cookies(answer: httpx.Response) -> SimpleCookie:
    found = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        found.load(line)
    return found


async def test_the_tokens_are_in_cookies_and_not_in_the_answer(door: Installation) -> None:
    answer = await log_in(door, cookies=True)
    document = answer.json()
    assert (document["access_token"], document["refresh_token"]) == (None, None)
    set_ = cookies(answer)
    access, refresh, csrf = set_["surtitle_access"], set_["surtitle_refresh"], set_["surtitle_csrf"]
    assert (access["httponly"], access["samesite"], access["path"]) == (True, "lax", "/")
    assert (refresh["httponly"], refresh["samesite"], refresh["path"]) == (True, "strict", "/api/token")
    assert (csrf["httponly"], csrf["samesite"], csrf.value) == ("", "strict", document["csrf_token"])
    assert not any(cookie["secure"] for cookie in set_.values())
    assert (await door.client.get(ME)).json()["email"] == "ada@example.org"
    listed = (await door.client.get(f"{ME}/sessions")).json()["items"]
    assert [session["kind"] for session in listed] == ["browser"]


@pytest.mark.parametrize(
    ("server", "headers"),
    [
        ({"public_url": "https://localhost"}, {}),
        ({"trusted_proxies": ["127.0.0.1"]}, {"X-Forwarded-Proto": "https"}),
    ],
)
async def test_behind_tls_cookies_never_travel_without(
    tmp_path: Path, server: dict[str, object], headers: dict[str, str]
) -> None:
    async with front_door(tmp_path, server) as door:
        await register(door)
        door.client.headers.update(headers)
        answer = await log_in(door, cookies=True)
        assert len(cookies(answer)) == 3
        assert all(cookie["secure"] for cookie in cookies(answer).values())


async def test_nobody_is_believed_to_be_behind_tls_for_saying_so(door: Installation) -> None:
    door.client.headers["X-Forwarded-Proto"] = "https"
    assert not any(cookie["secure"] for cookie in cookies(await log_in(door, cookies=True)).values())


async def test_what_changes_something_needs_the_token_that_only_our_pages_know(door: Installation) -> None:
    csrf = (await log_in(door, cookies=True)).json()["csrf_token"]
    other = (await log_in(door, cookies=True)).json()["csrf_token"]
    assert (await door.client.get("/api/glossary")).status_code == 200
    for forged in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": csrf}, {"X-CSRF-Token": other[:-1] + "g"}):
        answer = await door.client.put("/api/glossary", json=TERMS, headers=forged)
        assert problem(answer) == (403, "csrf-refused")
    answer = await door.client.put("/api/glossary", json=TERMS, headers={"X-CSRF-Token": other})
    assert answer.status_code == 200


async def test_another_sites_page_is_refused_whatever_it_sends(door: Installation) -> None:
    csrf = (await log_in(door, cookies=True)).json()["csrf_token"]
    for foreign in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await door.client.put("/api/glossary", json=TERMS, headers={"X-CSRF-Token": csrf, **foreign})
        assert problem(answer) == (403, "foreign-origin")
        login = await door.client.post("/api/login", json={"email": "x", "password": "y"}, headers=foreign)
        assert problem(login) == (403, "foreign-origin")


async def test_a_header_says_who_is_calling_and_the_cookie_does_not(door: Installation) -> None:
    await log_in(door, cookies=True)
    answer = await door.client.get(ME, headers={"Authorization": "Bearer forged"})
    assert problem(answer) == (401, "bad-token")
    await newcomer(door, "bob@example.org")
    tokens = await signed_in(door, "bob@example.org")
    # A program with a token needs no CSRF token, even if a cookie lies about.
    answer = await door.client.put("/api/glossary", json=TERMS, headers=bearer(tokens))
    assert answer.status_code == 200


async def test_a_browser_renews_its_session_with_its_cookie(door: Installation) -> None:
    csrf = (await log_in(door, cookies=True)).json()["csrf_token"]
    before = dict(door.client.cookies)
    assert problem(await door.client.post(REFRESH)) == (403, "csrf-refused")
    answer = await door.client.post(REFRESH, headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 200
    assert answer.json()["access_token"] is None
    assert answer.json()["csrf_token"] == csrf
    assert dict(door.client.cookies)["surtitle_refresh"] != before["surtitle_refresh"]
    assert (await door.client.get(ME)).status_code == 200


async def test_signing_out_empties_the_cookies(door: Installation) -> None:
    csrf = (await log_in(door, cookies=True)).json()["csrf_token"]
    assert problem(await door.client.post("/api/logout")) == (403, "csrf-refused")
    access = door.client.cookies["surtitle_access"]
    answer = await door.client.post("/api/logout", headers={"X-CSRF-Token": csrf})
    assert answer.status_code == 204
    assert dict(door.client.cookies) == {}
    kept = await door.client.get(ME, headers={"Cookie": f"surtitle_access={access}"})
    assert problem(kept) == (401, "bad-token")


async def _renewed(door: Installation, csrf: str, refresh: str) -> httpx.Response:
    cookie = {"Cookie": f"surtitle_refresh={refresh}", "X-CSRF-Token": csrf}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=door.app), base_url="http://localhost", headers=cookie
    ) as tab:
        return await tab.post(REFRESH)


async def _signed_in_here(door: Installation) -> tuple[str, str]:
    """The token against CSRF, and the refresh token."""
    answer = await log_in(door, cookies=True)
    return answer.json()["csrf_token"], cookies(answer)["surtitle_refresh"].value


async def test_two_tabs_that_renew_at_the_same_moment_go_on_with_the_same_token(door: Installation) -> None:
    csrf, refresh = await _signed_in_here(door)
    answers = await asyncio.gather(*(_renewed(door, csrf, refresh) for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    [successor] = {cookies(answer)["surtitle_refresh"].value for answer in answers}
    assert successor != refresh
    assert (await _renewed(door, csrf, successor)).status_code == 200


async def test_a_refresh_token_that_comes_again_later_ends_the_session(door: Installation) -> None:
    csrf, refresh = await _signed_in_here(door)
    successor = cookies(await _renewed(door, csrf, refresh))["surtitle_refresh"].value
    async with door.services.database.writing() as session:
        past = utc_now() - REUSE_GRACE - timedelta(seconds=1)
        await session.execute(
            update(RefreshToken).where(RefreshToken.used_at.is_not(None)).values(used_at=past)
        )
    assert problem(await _renewed(door, csrf, refresh)) == (401, "bad-refresh-token")
    assert problem(await _renewed(door, csrf, successor)) == (401, "bad-refresh-token")
    assert (await door.client.get(ME)).status_code == 401
    assert ("session.token-reused", "refused") in await deeds(door)


async def test_a_refresh_token_comes_again_only_until_its_successor_was_used(door: Installation) -> None:
    csrf, refresh = await _signed_in_here(door)
    successor = cookies(await _renewed(door, csrf, refresh))["surtitle_refresh"].value
    assert (await _renewed(door, csrf, successor)).status_code == 200
    assert problem(await _renewed(door, csrf, refresh)) == (401, "bad-refresh-token")
    assert (await door.client.get(ME)).status_code == 401
