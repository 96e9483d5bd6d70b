"""The second factor from outside: on, at login, off."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.accounts import PASSWORD, front_door, log_in
from tests.api.installation import Installation
from tests.api.people import key_in
from tests.api.signing_in import switched_on, with_password

from surtitle.accounts.access import Role

MINE = "/api/users/me/second-factor"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Installation]:
    async with front_door(tmp_path) as installation:
        yield installation


async def signs_in(api: Installation, **more: Any) -> tuple[int, str | None]:
    answer = await log_in(api, **more)
    return answer.status_code, answer.json().get("type")


async def test_from_on_to_off(api: Installation) -> None:
    ada = await with_password(api)
    assert (await ada.gets(MINE))["on"] is False
    _, recovery = await switched_on(ada)
    state = await ada.gets(MINE)
    assert (state["on"], state["recovery_codes_left"]) == (True, 10)
    assert await signs_in(api) == (401, "/problems/second-factor-required")
    assert await signs_in(api, code="000000") == (401, "/problems/wrong-code")
    assert await signs_in(api, code=recovery[0]) == (200, None)
    assert await signs_in(api, code=recovery[0]) == (401, "/problems/wrong-code")

    renewed = await ada.does(
        f"{MINE}/recovery-codes", {"password": PASSWORD, "code": recovery[1]}, status=200
    )
    off = await _off(ada, recovery[2])
    assert off.status_code == 401
    off = await _off(ada, renewed["recovery_codes"][0])
    assert off.status_code == 204
    assert await signs_in(api) == (200, None)


async def test_it_needs_the_password(api: Installation) -> None:
    ada = await with_password(api)
    refused = await ada.asks("POST", MINE, json={"password": "of somebody else"})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/wrong-password")
    assert (await ada.asks("POST", MINE, json={})).status_code == 422


async def test_only_an_administrator_switches_anothers_off(api: Installation) -> None:
    ada = await with_password(api)
    await switched_on(ada)
    there = f"/api/admin/users/{ada.id}/second-factor"
    assert (await ada.asks("DELETE", there)).status_code == 403
    support = await with_password(api, "support@example.org", Role.SUPPORT)
    assert (await support.asks("DELETE", there)).status_code == 403
    admin = await with_password(api, "admin@example.org", Role.ADMIN)
    assert (await admin.asks("DELETE", there)).status_code == 204
    assert await signs_in(api) == (200, None)
    assert (await admin.asks("DELETE", there)).status_code == 409


async def test_a_key_has_none(api: Installation) -> None:
    ada = await with_password(api)
    key = await key_in(api, ada.project_id)
    assert (await key.asks("GET", MINE)).status_code == 403


async def _off(ada: Any, code: str) -> httpx.Response:
    answer: httpx.Response = await ada.asks("DELETE", MINE, json={"password": PASSWORD, "code": code})
    return answer
