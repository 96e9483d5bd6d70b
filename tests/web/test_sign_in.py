"""The pages by which people come in, used as forms."""

import re
from pathlib import Path

import pyotp
import pytest
from tests.api.accounts import EMAIL, PASSWORD, front_door, links
from tests.api.installation import Installation
from tests.web.browsing import form_to, send, signed_in

from surtitle.bootstrap.setup_link import show_setup_link
from surtitle.web.app import add_pages

HOSTILE = '"><script>alert(1)</script>'


async def test_who_is_not_signed_in_is_led_to_the_form_and_back(door: Installation) -> None:
    sent = await door.client.get("/app?recipe=film")
    assert (sent.status_code, sent.headers["location"]) == (303, "/app/sign-in?next=/app%3Frecipe%3Dfilm")
    await door.client.post("/api/register", json={"email": EMAIL, "password": PASSWORD})
    page = await door.client.get(sent.headers["location"])
    answer = await send(door, form_to(page.text, "/app/sign-in"), email=EMAIL, password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/app?recipe=film")
    assert (await door.client.get("/app")).status_code == 200


async def test_a_wrong_password_is_told_and_the_e_mail_stays(door: Installation) -> None:
    page = await door.client.get("/app/sign-in")
    form = form_to(page.text, "/app/sign-in")
    again = await send(door, form, email=HOSTILE, password="wrong")
    assert again.status_code == 401
    assert 'role="alert"' in again.text
    assert HOSTILE not in again.text
    assert form_to(again.text, "/app/sign-in").values["email"] == HOSTILE
    assert "wrong" not in form_to(again.text, "/app/sign-in").values["password"]


async def test_the_code_of_the_second_factor_is_asked_for(door: Installation) -> None:
    await signed_in(door)
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    begun = await door.client.post("/api/users/me/second-factor", json={"password": PASSWORD}, headers=csrf)
    code = pyotp.TOTP(begun.json()["secret"]).now()
    on = await door.client.post("/api/users/me/second-factor/confirm", json={"code": code}, headers=csrf)
    door.client.cookies.clear()

    form = form_to((await door.client.get("/app/sign-in")).text, "/app/sign-in")
    asked = await send(door, form, email=EMAIL, password=PASSWORD)
    assert asked.status_code == 401
    assert '<div class="field" id="second-factor">' in asked.text
    wrong = await send(door, form, email=EMAIL, password=PASSWORD, code="000000")
    assert "The code is wrong" in wrong.text
    spare = on.json()["recovery_codes"][0]
    assert (await send(door, form, email=EMAIL, password=PASSWORD, code=spare)).status_code == 303


async def test_signing_out_ends_the_session(door: Installation) -> None:
    await signed_in(door)
    token = door.client.cookies["surtitle_access"]
    page = await door.client.get("/app")
    out = await send(door, form_to(page.text, "/app/sign-out"))
    assert out.headers["location"] == "/app/sign-in?done=out"
    assert "surtitle_access" not in door.client.cookies
    again = await door.client.get("/api/jobs", headers={"Authorization": f"Bearer {token}"})
    assert again.status_code == 401
    assert "You are signed out." in (await door.client.get(out.headers["location"])).text


@pytest.mark.parametrize("token", ["", "forged"])
async def test_a_form_without_its_token_is_refused_on_a_page(door: Installation, token: str) -> None:
    await signed_in(door)
    form = form_to((await door.client.get("/app")).text, "/app/sign-out")
    refused = await send(door, form, csrf=token)
    assert refused.status_code == 403
    assert "The form is out of date" in refused.text
    assert (await door.client.get("/app")).status_code == 200


async def test_a_form_that_another_site_sends_is_refused(door: Installation) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = await door.client.post(
            "/app/sign-in", data={"email": EMAIL, "password": PASSWORD}, headers=headers
        )
        assert answer.status_code == 403


async def test_a_sign_in_that_ran_out_is_renewed_on_the_way(door: Installation) -> None:
    await signed_in(door)
    door.client.cookies.delete("surtitle_access", domain="localhost.local", path="/")
    sent = await door.client.get("/app")
    assert sent.headers["location"] == "/api/token/renew?next=/app"
    renewed = await door.client.get(sent.headers["location"])
    assert (renewed.status_code, renewed.headers["location"]) == (303, "/app")
    assert (await door.client.get("/app")).status_code == 200


async def test_a_sign_in_that_is_over_leads_to_the_form(door: Installation) -> None:
    await signed_in(door)
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    await door.client.post("/api/users/me/sessions/end-all", headers=csrf)
    door.client.cookies.set("surtitle_csrf", "of-yesterday")
    door.client.cookies.set("surtitle_refresh", "rt_unknown", path="/api/token")
    sent = await door.client.get("/api/token/renew?next=/app")
    assert sent.headers["location"] == "/app/sign-in?next=/app"


async def test_somebody_registers_and_signs_in(door: Installation) -> None:
    page = await door.client.get("/app/register", headers={"Accept-Language": "fr"})
    form = form_to(page.text, "/app/register")
    weak = await send(door, form, email=EMAIL, password="password")
    assert weak.status_code == 422
    assert "Choose another password" in weak.text
    done = await door.client.post(
        form.action, data={"email": EMAIL, "password": PASSWORD}, headers={"Accept-Language": "fr"}
    )
    assert done.headers["location"] == "/app/sign-in?done=registered"
    # They have read French, and go on in it.
    page = await door.client.get(done.headers["location"])
    assert '<html lang="fr"' in page.text
    # On another device too, where no cookie tells it.
    door.client.cookies.clear()
    await send(door, form_to(page.text, "/app/sign-in"), email=EMAIL, password=PASSWORD)
    assert '<html lang="fr"' in (await door.client.get("/app")).text


async def test_the_answer_does_not_tell_whether_an_address_is_known(door: Installation) -> None:
    told = []
    for _ in range(2):
        form = form_to((await door.client.get("/app/register")).text, "/app/register")
        answer = await send(door, form, email=EMAIL, password=PASSWORD)
        told.append((answer.status_code, answer.headers["location"]))
    assert told[0] == told[1]


async def test_an_address_is_confirmed_by_the_link_in_the_mail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with front_door(tmp_path, confirm_email=True) as api:
        add_pages(api.app)
        form = form_to((await api.client.get("/app/register")).text, "/app/register")
        sent = await send(api, form, email=EMAIL, password=PASSWORD)
        assert f"We have sent a letter to {EMAIL}" in sent.text
        assert await _followed(api, "confirm-email", links(caplog)[0]) == "/app/sign-in?done=email"


async def test_a_forgotten_password_is_replaced(door: Installation, caplog: pytest.LogCaptureFixture) -> None:
    await door.client.post("/api/register", json={"email": EMAIL, "password": PASSWORD})
    form = form_to((await door.client.get("/app/forgotten")).text, "/app/forgotten")
    known, unknown = [await send(door, form, email=email) for email in (EMAIL, "bob@example.org")]
    assert known.text.replace(EMAIL, "") == unknown.text.replace("bob@example.org", "")
    [token] = links(caplog)
    new = "another sentence of some length"
    assert await _followed(door, "new-password", token, password=new) == "/app/sign-in?done=password"
    form = form_to((await door.client.get("/app/sign-in")).text, "/app/sign-in")
    assert (await send(door, form, email=EMAIL, password=new)).status_code == 303
    again = form_to((await door.client.get("/app/account/new-password")).text, "/app/account/new-password")
    used = await send(door, again, token=token, password=new)
    assert used.status_code == 403
    assert "The link is unknown" in used.text


async def test_the_link_in_the_log_makes_the_first_administrator(
    door: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    await show_setup_link(door.services, "http://localhost")
    [token] = re.findall(r"http://localhost/account/setup#(\S+)", caplog.text)
    # The `#` and what follows it stay with the browser, over the redirect too.
    sent = await door.client.get("/account/setup")
    assert sent.headers["location"] == "/app/account/setup"
    assert await _followed(door, "setup", token, email=EMAIL, password=PASSWORD) == "/app/sign-in?done=set-up"


async def _followed(api: Installation, name: str, token: str, **filled: str) -> str:
    """Where the form of a link's page leads, with the token as its code."""
    address = f"/app/account/{name}"
    form = form_to((await api.client.get(address)).text, address)
    answer = await send(api, form, token=token, **filled)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]
