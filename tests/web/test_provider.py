"""Coming in by way of a real OpenID Connect provider, as a browser does."""

import re
from collections.abc import AsyncIterator, Iterator
from html import unescape
from pathlib import Path

import pyotp
import pytest
from pydantic import SecretStr
from tests.api.accounts import PASSWORD
from tests.api.installation import Installation, installed
from tests.api.openbao import OpenBao, openbao
from tests.api.signing_in import CHEAP
from tests.web.browsing import form_to, send, signed_in

from surtitle.config import OpenIdSettings, ServerSettings
from surtitle.web.app import add_pages

IDENTITIES = "/app/account/identities"
PAGE = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("openbao")) as provider:
        provider.add("ada", "ada@example.org")
        yield provider


@pytest.fixture
async def door(tmp_path: Path, bao: OpenBao) -> AsyncIterator[Installation]:
    """One with a provider."""
    openid = OpenIdSettings(
        issuer=bao.issuer,
        client_id=bao.client_id,
        client_secret=SecretStr(bao.client_secret),
        scopes=["openid", "email"],
    )
    server = ServerSettings(auth="required")
    async with installed(tmp_path / "data", server=server, accounts=CHEAP, openid=openid) as installation:
        add_pages(installation.app)
        yield installation


async def connected(door: Installation, bao: OpenBao) -> None:
    """The signed-in person's account, with the provider's."""
    form = form_to((await door.client.get(IDENTITIES)).text, IDENTITIES)
    page = await send(door, form, password=PASSWORD)
    [address] = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    back = await door.client.get(bao.sends_back(unescape(address), "ada"))
    assert (back.status_code, back.headers["location"]) == (303, f"{IDENTITIES}?done=connected")


async def test_an_account_is_connected_and_disconnected(door: Installation, bao: OpenBao) -> None:
    await signed_in(door)
    form = form_to((await door.client.get(IDENTITIES)).text, IDENTITIES)
    assert (await send(door, form, password="wrong")).status_code == 403
    await connected(door, bao)
    page = (await door.client.get(IDENTITIES)).text
    assert bao.issuer in page
    [action] = re.findall(rf'action="({IDENTITIES}/\w+/disconnect)"', page)
    gone = await send(door, form_to(page, action))
    assert gone.headers["location"] == f"{IDENTITIES}?done=disconnected"
    assert "None is connected." in (await door.client.get(IDENTITIES)).text


async def test_the_code_of_the_second_factor_is_asked_for_on_a_page(door: Installation, bao: OpenBao) -> None:
    await signed_in(door)
    await connected(door, bao)
    codes = await _second_factor(door)
    door.client.cookies.clear()
    assert (await door.client.get("/app/sign-in/code")).headers["location"] == "/app/sign-in"

    away = await door.client.get("/api/openid/login", params={"next": "/app/jobs"})
    back = await door.client.get(bao.sends_back(away.headers["location"], "ada"), headers=PAGE)
    assert (back.status_code, back.headers["location"]) == (303, "/app/sign-in/code")
    form = form_to((await door.client.get("/app/sign-in/code")).text, "/app/sign-in/code")
    wrong = await send(door, form, code="000000")
    assert (wrong.status_code, "The code is wrong" in wrong.text) == (401, True)
    right = await send(door, form, code=codes[0])
    assert (right.status_code, right.headers["location"]) == (303, "/app/jobs")
    assert (await door.client.get("/app/jobs")).status_code == 200
    assert (await send(door, form, code=codes[1])).status_code == 401


async def _second_factor(door: Installation) -> list[str]:
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    mine = "/api/users/me/second-factor"
    begun = (await door.client.post(mine, json={"password": PASSWORD}, headers=csrf)).json()
    shown = {"code": pyotp.TOTP(begun["secret"]).now()}
    on = await door.client.post(f"{mine}/confirm", json=shown, headers=csrf)
    return list(on.json()["recovery_codes"])
