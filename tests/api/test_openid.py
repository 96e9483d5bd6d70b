"""Signing in through a real OpenID Connect provider, and what attackers try on the way."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from tests.api.accounts import PASSWORD, problem
from tests.api.installation import Installation, installed
from tests.api.openbao import OpenBao, openbao
from tests.api.people import Somebody, person
from tests.api.signing_in import CHEAP, switched_on, with_password

from surtitle.accounts.access import Principal, ProjectRole
from surtitle.accounts.invitations import InvitationWish
from surtitle.accounts.users import UNCONFIRMED
from surtitle.config import OpenIdSettings, ServerSettings
from surtitle.db.account_models import User

Opened = Callable[..., AbstractAsyncContextManager[Installation]]


@pytest.fixture(scope="session")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    with openbao(tmp_path_factory.mktemp("openbao")) as provider:
        provider.add("ada", "Ada@Example.org")
        provider.add("bob", "bob@example.org", verified=False)
        provider.add("eve", "eve@example.org")
        yield provider


@pytest.fixture
def opened(bao: OpenBao, tmp_path: Path) -> Opened:
    """Opens an installation whose provider is OpenBao."""

    @asynccontextmanager
    async def _opened(accounts: dict[str, Any] | None = None, **openid: Any) -> AsyncIterator[Installation]:
        settings = OpenIdSettings(
            issuer=bao.issuer,
            client_id=bao.client_id,
            client_secret=SecretStr(bao.client_secret),
            scopes=["openid", "email"],
            **openid,
        )
        async with installed(
            tmp_path / "data",
            server=ServerSettings(auth="required"),
            accounts=CHEAP.model_copy(update=accounts or {}),
            openid=settings,
        ) as installation:
            yield installation

    return _opened


@pytest.fixture
async def api(opened: Opened) -> AsyncIterator[Installation]:
    async with opened() as installation:
        yield installation


async def comes_in(
    api: Installation, bao: OpenBao, name: str = "ada", next_path: str = "/"
) -> httpx.Response:
    """The browser's way: our login, the provider, our callback."""
    away = await api.client.get("/api/openid/login", params={"next": next_path})
    assert away.status_code == 302, away.text
    return await api.client.get(bao.sends_back(away.headers["location"], name))


async def comes_in_invited(api: Installation, bao: OpenBao, invitation: str) -> httpx.Response:
    begun = await api.client.post("/api/openid/login", json={"invitation": invitation})
    return await api.client.get(bao.sends_back(begun.json()["authorization_url"], "ada"))


async def test_a_new_person_comes_in_and_works_with_the_browsers_cookies(
    api: Installation, bao: OpenBao
) -> None:
    back = await comes_in(api, bao, next_path="/jobs?state=queued")
    assert (back.status_code, back.headers["location"]) == (303, "/jobs?state=queued")
    me = (await api.client.get("/api/users/me")).json()
    assert (me["email"], me["role"]) == ("Ada@Example.org", "user")
    assert (await api.client.get("/api/jobs")).json()["items"] == []
    # The cookie alone changes nothing: another site's page could send it.
    assert problem(await api.client.put("/api/glossary", json={"terms": []})) == (403, "csrf-refused")
    csrf = {"X-CSRF-Token": api.client.cookies["surtitle_csrf"]}
    assert (await api.client.put("/api/glossary", json={"terms": []}, headers=csrf)).status_code == 200
    identities = (await api.client.get("/api/users/me/identities")).json()["items"]
    assert [identity["issuer"] for identity in identities] == [bao.issuer]


async def test_the_same_person_comes_back_to_the_same_account_also_with_another_email(
    api: Installation, bao: OpenBao
) -> None:
    bao.add("zoe", "zoe@example.org")
    await comes_in(api, bao, "zoe")
    first = (await api.client.get("/api/users/me")).json()["id"]
    api.client.cookies.clear()
    bao.add("zoe", "zoe@example.net")
    assert (await comes_in(api, bao, "zoe")).status_code == 303
    assert (await api.client.get("/api/users/me")).json()["id"] == first


async def test_what_the_provider_is_asked_for_and_what_the_browser_keeps(api: Installation) -> None:
    away = await api.client.get("/api/openid/login")
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")) >= 43
    kept = away.headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Path=/api/openid", "Max-Age=600"):
        assert part in kept
    assert asked["state"][0] not in kept
    assert asked["nonce"][0] not in kept


ELSEWHERE = [
    "//evil.example", "https://evil.example", "https:evil.example", "/\\evil.example", "\\\\evil.example",
    "/%2Fevil.example", "/%252Fevil.example", "/%5Cevil.example", "/\t/evil.example", "/%09/evil.example",
    "/x\r\nSet-Cookie: a=b", "/%0d%0aSet-Cookie:a=b", "javascript:alert(1)", "evil", "",
    "/.//evil.example", "/" + "a" * 600,
]  # fmt: skip


async def test_nobody_is_sent_away_from_this_server(api: Installation) -> None:
    for path in ELSEWHERE:
        answer = await api.client.get("/api/openid/login", params={"next": path})
        assert answer.status_code == 422, path
        assert "location" not in answer.headers
        assert (await api.client.post("/api/openid/login", json={"next": path})).status_code == 422, path


async def test_only_the_browser_that_began_can_finish(api: Installation, bao: OpenBao) -> None:
    away = await api.client.get("/api/openid/login")
    attackers_link = bao.sends_back(away.headers["location"], "eve")
    # A victim follows the attacker's link: without a sign-in of their own under way, and with one.
    api.client.cookies.clear()
    assert problem(await api.client.get(attackers_link)) == (401, "openid-sign-in-lost")
    await api.client.get("/api/openid/login")
    assert problem(await api.client.get(attackers_link)) == (401, "openid-sign-in-lost")
    assert "surtitle_access" not in api.client.cookies


async def test_a_callback_works_once(api: Installation, bao: OpenBao) -> None:
    away = await api.client.get("/api/openid/login")
    kept = api.client.cookies["surtitle_openid"]
    back = bao.sends_back(away.headers["location"], "ada")
    assert (await api.client.get(back)).status_code == 303
    assert problem(await api.client.get(back)) == (401, "openid-sign-in-lost")
    api.client.cookies.set("surtitle_openid", kept, domain="localhost.local", path="/api/openid")
    assert problem(await api.client.get(back)) == (401, "openid-refused")


async def test_a_cookie_that_is_not_ours_is_a_lost_sign_in(api: Installation) -> None:
    for kept in ("", "nonsense", "gAAAAA" + "A" * 200, "\xff\xfe", "x" * 5000):
        cookie = f"surtitle_openid={kept}".encode("latin-1")
        answer = await api.client.get("/api/openid/callback?state=s&code=c", headers={b"cookie": cookie})
        assert problem(answer) == (401, "openid-sign-in-lost"), kept


async def test_the_providers_no_is_told_without_what_it_could_smuggle_in(api: Installation) -> None:
    away = await api.client.get("/api/openid/login")
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
    answer = await api.client.get(
        "/api/openid/callback", params={"state": state, "error": "access_denied\r\n\x1b[31m<script>"}
    )
    assert problem(answer) == (401, "openid-refused")
    assert "\\r\\n\\x1b" in answer.json()["detail"]


async def test_a_code_that_the_provider_does_not_know_is_refused(api: Installation) -> None:
    away = await api.client.get("/api/openid/login")
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
    answer = await api.client.get("/api/openid/callback", params={"state": state, "code": "made-up"})
    assert problem(answer) == (401, "openid-refused")


async def test_an_account_with_the_same_email_is_not_handed_over(api: Installation, bao: OpenBao) -> None:
    await person(api, "ada@example.org")
    assert problem(await comes_in(api, bao)) == (409, "openid-account-not-linked")
    assert "surtitle_access" not in api.client.cookies


async def linked(api: Installation, bao: OpenBao, ada: Somebody, name: str = "ada") -> httpx.Response:
    wish = {"password": PASSWORD, "next": "/settings"}
    begun = await ada.does("/api/users/me/identities", wish, status=200)
    return await api.client.get(bao.sends_back(begun["authorization_url"], name))


async def test_a_person_links_their_account_with_their_password(api: Installation, bao: OpenBao) -> None:
    ada = await with_password(api, "somebody@example.org")
    refused = await ada.asks("POST", "/api/users/me/identities", json={"password": "of somebody else"})
    assert problem(refused) == (403, "wrong-password")
    assert problem(await ada.asks("POST", "/api/users/me/identities", json={})) == (403, "wrong-password")
    back = await linked(api, bao, ada)
    assert (back.status_code, back.headers["location"]) == (303, "/settings")
    # It links, and signs nobody in.
    assert "surtitle_access" not in api.client.cookies
    assert (await comes_in(api, bao)).status_code == 303
    assert (await api.client.get("/api/users/me")).json()["id"] == str(ada.id)


async def test_a_link_that_was_begun_before_signing_out_everywhere_is_not_made(
    api: Installation, bao: OpenBao
) -> None:
    ada = await with_password(api, "somebody@example.org")
    begun = await ada.does("/api/users/me/identities", {"password": PASSWORD}, status=200)
    await ada.does("/api/users/me/sessions/end-all", status=200)
    back = await api.client.get(bao.sends_back(begun["authorization_url"], "eve"))
    assert problem(back) == (401, "openid-sign-in-lost")


async def test_one_identity_is_one_account(api: Installation, bao: OpenBao) -> None:
    await linked(api, bao, await with_password(api, "one@example.org"))
    again = await linked(api, bao, await with_password(api, "two@example.org"))
    assert problem(again) == (409, "openid-identity-taken")


async def test_the_last_way_in_stays_and_another_can_go(api: Installation, bao: OpenBao) -> None:
    await comes_in(api, bao)
    csrf = {"X-CSRF-Token": api.client.cookies["surtitle_csrf"]}
    [identity] = (await api.client.get("/api/users/me/identities")).json()["items"]
    here = f"/api/users/me/identities/{identity['id']}"
    assert problem(await api.client.delete(here, headers=csrf)) == (409, "last-way-in")

    eve = await with_password(api, "somebody@example.org")
    assert problem(await eve.asks("DELETE", here)) == (404, "identity-not-found")
    await linked(api, bao, eve, "eve")
    [identity] = (await eve.gets("/api/users/me/identities"))["items"]
    assert (await eve.asks("DELETE", f"/api/users/me/identities/{identity['id']}")).status_code == 204
    assert (await eve.gets("/api/users/me/identities"))["items"] == []


async def test_an_email_that_is_not_verified_makes_no_account(api: Installation, bao: OpenBao) -> None:
    assert problem(await comes_in(api, bao, "bob")) == (403, "openid-email-not-verified")


async def test_by_email_only_a_verified_one_gets_into_an_account(opened: Opened, bao: OpenBao) -> None:
    async with opened({"confirm_email": True}, link_by_email=True) as api:
        ada, _ = await person(api, "ada@example.org"), await person(api, "bob@example.org")
        assert problem(await comes_in(api, bao, "bob")) == (403, "openid-email-not-verified")
        assert (await comes_in(api, bao)).status_code == 303
        assert (await api.client.get("/api/users/me")).json()["id"] == str(ada.id)


async def test_who_registered_with_anothers_email_and_never_confirmed_it_loses_the_account(
    opened: Opened, bao: OpenBao
) -> None:
    async with opened({"confirm_email": True}) as api:
        squatter = await with_password(api, "ada@example.org")
        async with api.services.database.writing() as session:
            (await session.get_one(User, squatter.id)).state = UNCONFIRMED
        assert (await comes_in(api, bao)).status_code == 303
        login = {"email": "ada@example.org", "password": PASSWORD}
        assert problem(await api.client.post("/api/login", json=login)) == (401, "wrong-credentials")


@pytest.mark.parametrize(
    ("registration", "create_users", "status"),
    [("closed", True, 403), ("invitation", False, 403), ("invitation", True, 303), ("open", False, 303)],
)
async def test_the_settings_say_who_gets_an_account(
    opened: Opened, bao: OpenBao, registration: str, create_users: bool, status: int
) -> None:
    async with opened({"registration": registration}, create_users=create_users) as api:
        assert (await comes_in(api, bao)).status_code == status


async def test_an_invitation_opens_the_door_once(opened: Opened, bao: OpenBao) -> None:
    async with opened({"registration": "invitation"}) as api:
        host = await person(api, "host@example.org")
        by = Principal(user_id=host.id, memberships={host.project_id: ProjectRole.OWNER})
        wish = InvitationWish(host.project_id, ProjectRole.VIEWER)
        made = await api.services.people.invitations.invite(by, wish, None)
        assert (await comes_in_invited(api, bao, "in_made-up")).status_code == 404
        assert (await comes_in_invited(api, bao, made.token)).status_code == 303
        projects = (await api.client.get("/api/projects")).json()["items"]
        assert str(host.project_id) in {project["id"] for project in projects}


async def test_a_second_factor_is_asked_for_here_too(api: Installation, bao: OpenBao) -> None:
    ada = await with_password(api, "somebody@example.org")
    await linked(api, bao, ada)
    _, recovery = await switched_on(ada)
    assert problem(await comes_in(api, bao, next_path="/jobs")) == (401, "second-factor-required")
    assert "surtitle_access" not in api.client.cookies
    wrong = await api.client.post("/api/openid/second-factor", json={"code": "000000"})
    assert problem(wrong) == (401, "wrong-code")
    right = await api.client.post("/api/openid/second-factor", json={"code": recovery[0]})
    assert (right.status_code, right.json()["next"]) == (200, "/jobs")
    assert (await api.client.get("/api/users/me")).json()["id"] == str(ada.id)
    again = await api.client.post("/api/openid/second-factor", json={"code": recovery[1]})
    assert problem(again) == (401, "openid-sign-in-lost")


async def test_a_blocked_person_stays_out(api: Installation, bao: OpenBao) -> None:
    await comes_in(api, bao)
    me = UUID((await api.client.get("/api/users/me")).json()["id"])
    admin = await person(api, "admin@example.org")
    await api.services.people.users.set_blocked(Principal(user_id=admin.id), me, True, None)
    assert problem(await comes_in(api, bao)) == (403, "account-not-open")


async def test_without_a_provider_there_is_no_such_way_in(exposed: Installation) -> None:
    assert (await exposed.client.get("/api/openid")).json()["enabled"] is False
    assert problem(await exposed.client.get("/api/openid/login")) == (404, "openid-off")
