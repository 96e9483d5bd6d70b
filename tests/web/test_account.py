"""The pages of one's own account, used as forms."""

import re
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from sqlalchemy import select, update
from tests.api.accounts import EMAIL, PASSWORD, deeds, links
from tests.api.installation import UNKNOWN_ID, Installation
from tests.web.browsing import form_to, send, signed_in

from surtitle.db.account_models import Session, User

HERE = "/app/account"
NEW = "another sentence of some length"
HOSTILE = '"><script>alert(1)</script>'
PAGES = (
    "",
    "/profiles",
    "/password",
    "/second-factor",
    "/sessions",
    "/notifications",
    "/usage",
    "/export",
    "/erase",
)


async def sent(api: Installation, page: str, action: str, **filled: str) -> httpx.Response:
    """Fill in the form of the page that goes to `action`, both below the account's."""
    text = (await api.client.get(HERE + page)).text
    return await send(api, form_to(text, HERE + action), **filled)


async def profile_of(api: Installation) -> dict[str, Any]:
    [profile] = (await api.client.get("/api/users/me/profiles")).json()["items"]
    return dict(profile)


async def second_factor(api: Installation) -> tuple[str, list[str]]:
    """Turned on by the pages: the app's secret, and the recovery codes."""
    begun = (await sent(api, "/second-factor", "/second-factor/begin", password=PASSWORD)).text
    form = form_to(begun, f"{HERE}/second-factor/confirm")
    secret = form.values["secret"]
    on = await send(api, form, code=pyotp.TOTP(secret).now())
    assert on.status_code == 200, on.text
    [codes] = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", on.text)
    return secret, codes.split()


async def test_every_page_is_there_and_knows_where_it_is(door: Installation) -> None:
    await signed_in(door)
    for path in PAGES:
        page = await door.client.get(HERE + path)
        assert page.status_code == 200, path
        assert f'href="{HERE}{path}" aria-current="page"' in page.text


async def test_nobody_has_an_account_where_nobody_signs_in(home: Installation) -> None:
    for path in PAGES:
        page = await home.client.get(HERE + path)
        assert page.status_code == 200
        assert "Nobody signs in here" in page.text
    assert "Nobody signs in here" in (await home.client.post(f"{HERE}/erase", data={"word": "erase"})).text


async def test_the_language_that_is_saved_is_that_of_the_pages(door: Installation) -> None:
    await signed_in(door)
    profile = await profile_of(door)
    wish = {"name": HOSTILE, "language": "fr", "time_zone": "Europe/Paris"}
    answer = await sent(door, "", f"/profiles/{profile['id']}", **wish)
    assert answer.headers["location"] == f"{HERE}?done=saved"
    page = (await door.client.get(answer.headers["location"])).text
    assert '<html lang="fr"' in page
    assert "Enregistré." in page
    assert HOSTILE not in page
    assert {**await profile_of(door), **wish} == await profile_of(door)
    assert re.search(r'<option value="Europe/Paris" selected>Paris</option>', page)


async def test_a_tag_that_pages_do_not_speak_stays_what_it_is(door: Installation) -> None:
    await signed_in(door)
    profile = await profile_of(door)
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    await door.client.patch(
        f"/api/users/me/profiles/{profile['id']}",
        json={"language": "es-MX", "time_zone": "Etc/GMT+3"},
        headers=csrf,
    )
    page = (await door.client.get(HERE)).text
    assert '<option value="es-MX" lang="es-MX" selected>español (México)</option>' in page
    assert "<option selected>Etc/GMT+3</option>" in page
    odd = await sent(
        door, "", f"/profiles/{profile['id']}", name="Ada", language="xx-nonsense", time_zone="UTC"
    )
    assert odd.status_code == 422
    assert 'role="alert"' in odd.text


async def test_profiles_are_added_made_the_default_and_deleted(door: Installation) -> None:
    await signed_in(door)
    first = await profile_of(door)
    await sent(door, "/profiles", "/profiles", name="Interviews", language="es", time_zone="UTC")
    items = (await door.client.get("/api/users/me/profiles")).json()["items"]
    other = next(one["id"] for one in items if one["name"] == "Interviews")
    await sent(door, "/profiles", f"/profiles/{other}/default")
    # The default one's language is that of the pages.
    assert '<html lang="es"' in (await door.client.get(f"{HERE}/profiles")).text
    await sent(door, "/profiles", f"/profiles/{first['id']}/delete")
    assert (await profile_of(door))["id"] == other


async def test_another_persons_profile_does_not_exist(door: Installation) -> None:
    await signed_in(door, "bob@example.org")
    theirs = await profile_of(door)
    door.client.cookies.clear()
    await signed_in(door)
    assert (await door.client.get(f"{HERE}/profiles/{theirs['id']}")).status_code == 404
    form = form_to((await door.client.get(f"{HERE}/profiles")).text, f"{HERE}/profiles")
    for act in ("", "/default"):
        form.action = f"{HERE}/profiles/{theirs['id']}{act}"
        answer = await send(door, form, name="x", language="fr", time_zone="UTC")
        assert answer.status_code == 404, act


async def test_a_new_address_is_asked_for_with_the_password(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await signed_in(door)
    wrong = await sent(door, "", "/email", email="new@example.org", password="wrong")
    assert (wrong.status_code, links(caplog)) == (403, [])
    assert form_to(wrong.text, f"{HERE}/email").values["email"] == "new@example.org"
    right = await sent(door, "", "/email", email="new@example.org", password=PASSWORD)
    assert right.headers["location"] == f"{HERE}?done=email"
    assert len(links(caplog)) == 1
    assert EMAIL in (await door.client.get(HERE)).text


async def test_a_new_password_ends_the_other_sessions(door: Installation) -> None:
    await signed_in(door)
    other = (await door.client.post("/api/login", json={"email": EMAIL, "password": PASSWORD})).json()
    wrong = await sent(door, "/password", "/password", current="wrong", password=NEW)
    assert (wrong.status_code, "is not yours" in wrong.text) == (403, True)
    weak = await sent(door, "/password", "/password", current=PASSWORD, password="password")
    assert (weak.status_code, "Choose another password" in weak.text) == (422, True)
    done = await sent(door, "/password", "/password", current=PASSWORD, password=NEW)
    assert done.headers["location"] == f"{HERE}/password?done=password"
    bearer = {"Authorization": f"Bearer {other['access_token']}"}
    assert (await door.client.get("/api/users/me", headers=bearer)).status_code == 401
    assert (await door.client.get(HERE)).status_code == 200
    assert ("access.refused", "refused") in await deeds(door)


async def test_a_second_factor_is_turned_on_and_off(door: Installation) -> None:
    await signed_in(door)
    wrong = await sent(door, "/second-factor", "/second-factor/begin", password="wrong")
    assert wrong.status_code == 403
    begun = (await sent(door, "/second-factor", "/second-factor/begin", password=PASSWORD)).text
    assert "<svg" in begun
    form = form_to(begun, f"{HERE}/second-factor/confirm")
    again = await send(door, form, code="000000")
    # The same secret: the app that has it already goes on.
    assert (again.status_code, form_to(again.text, form.action).values["secret"]) == (
        401,
        form.values["secret"],
    )
    secret, codes = await second_factor(door)
    assert len(codes) == 10
    page = (await door.client.get(f"{HERE}/second-factor")).text
    assert secret not in page
    assert codes[0] not in page
    fresh = await sent(door, "/second-factor", "/second-factor", password=PASSWORD, code=codes[0], do="renew")
    assert codes[1] not in fresh.text
    [spare] = re.findall(r"<textarea[^>]*>(\S+)", fresh.text)
    no = await sent(door, "/second-factor", "/second-factor", password=PASSWORD, code=codes[1], do="off")
    assert no.status_code == 401
    off = await sent(door, "/second-factor", "/second-factor", password=PASSWORD, code=spare, do="off")
    assert off.headers["location"].endswith("done=second-factor-off")
    assert (await door.client.get("/api/users/me")).json()["second_factor"] is False


async def test_sessions_are_ended_one_by_one_or_all_others(door: Installation) -> None:
    await signed_in(door)
    login = {"email": EMAIL, "password": PASSWORD}
    agent = {"User-Agent": f"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0 {HOSTILE}"}
    others = [(await door.client.post("/api/login", json=login, headers=agent)).json() for _ in range(3)]
    page = (await door.client.get(f"{HERE}/sessions")).text
    assert page.count("Firefox on Linux") >= 3
    assert page.count("This one") == 1
    assert HOSTILE not in page
    await sent(door, "/sessions", f"/sessions/{others[0]['session_id']}/end")
    assert len((await door.client.get("/api/users/me/sessions")).json()["items"]) == 3
    done = await sent(door, "/sessions", "/sessions/end-others")
    assert "You are signed out everywhere else." in (await door.client.get(done.headers["location"])).text
    [mine] = (await door.client.get("/api/users/me/sessions")).json()["items"]
    assert mine["current"]
    out = await sent(door, "/sessions", f"/sessions/{mine['id']}/end")
    assert out.headers["location"] == "/app/sign-in?done=out"
    assert "surtitle_access" not in door.client.cookies


async def test_another_persons_session_does_not_exist(door: Installation) -> None:
    await signed_in(door, "bob@example.org")
    [theirs] = (await door.client.get("/api/users/me/sessions")).json()["items"]
    door.client.cookies.clear()
    await signed_in(door)
    [mine] = (await door.client.get("/api/users/me/sessions")).json()["items"]
    form = form_to((await door.client.get(f"{HERE}/sessions")).text, f"{HERE}/sessions/{mine['id']}/end")
    for unknown in (theirs["id"], UNKNOWN_ID):
        form.action = f"{HERE}/sessions/{unknown}/end"
        assert (await send(door, form)).status_code == 404


async def test_what_is_not_ticked_is_not_mailed(door: Installation) -> None:
    await signed_in(door)
    page = (await door.client.get(f"{HERE}/notifications")).text
    assert page.count(" checked") == 4
    await sent(door, "/notifications", "/notifications", mail="job_failed")
    chosen = (await door.client.get("/api/users/me/notifications")).json()["mails"]
    assert [event for event, wanted in chosen.items() if wanted] == ["job_failed"]
    assert (await door.client.get(f"{HERE}/notifications")).text.count(" checked") == 1


async def test_usage_is_told_by_month(door: Installation) -> None:
    await signed_in(door)
    page = await door.client.get(f"{HERE}/usage?month=2026-02")
    assert "February 2026" in page.text
    assert f"{HERE}/usage?month=2026-01" in page.text
    assert f"{HERE}/usage?month=2026-03" in page.text
    assert (await door.client.get(f"{HERE}/usage?month=2026-13")).status_code == 422


async def test_an_account_is_erased_by_who_types_the_word_and_the_password(door: Installation) -> None:
    await signed_in(door)
    _, codes = await second_factor(door)
    for told, filled in [
        ("Type the word first", {"word": "", "password": PASSWORD, "code": codes[0]}),
        ("is not yours", {"word": "erase", "password": "wrong", "code": codes[0]}),
        ("code is wrong", {"word": "erase", "password": PASSWORD, "code": "000000"}),
    ]:
        no = await sent(door, "/erase", "/erase", mode="anonymise", **filled)
        assert told in no.text
        assert (await door.client.get(HERE)).status_code == 200
    # In the language of the page; the English word counts everywhere.
    door.client.cookies.set("surtitle_language", "fr")
    wish = {"word": " Effacer ", "password": PASSWORD, "code": codes[0], "mode": "erase"}
    gone = await sent(door, "/erase", "/erase", **wish)
    assert gone.headers["location"] == f"{HERE}/erased"
    assert "surtitle_access" not in door.client.cookies
    assert "Votre compte est fermé" in (await door.client.get(gone.headers["location"])).text
    async with door.services.database.reading() as session:
        assert (await session.scalars(select(User))).all() == []


async def test_without_a_password_only_a_fresh_sign_in_erases(door: Installation) -> None:
    await signed_in(door)
    async with door.services.database.writing() as session:
        user = (await session.scalars(select(User))).one()
        user.password_hash = None
        long_ago = user.created_at.replace(year=2020)
        await session.execute(update(User).values(sessions_from=long_ago))
        await session.execute(update(Session).values(created_at=long_ago))
    no = await sent(door, "/erase", "/erase", word="erase", mode="erase")
    assert (no.status_code, "You signed in a while ago" in no.text) == (401, True)
    me = (await door.client.get("/api/users/me")).json()
    async with door.services.database.writing() as session:
        await session.execute(update(Session).values(created_at=user.created_at))
    gone = await sent(door, "/erase", "/erase", word="erase", mode="erase")
    assert gone.status_code == 303
    async with door.services.database.reading() as session:
        assert await session.get(User, UUID(me["id"])) is None
