"""The link in a mail that stops such mails: a page for people, one click for mail programs."""

import pytest
from tests.api.accounts import EMAIL
from tests.api.installation import Installation
from tests.web.browsing import form_to, send, signed_in

from surtitle.notifications.events import Event
from surtitle.notifications.unsubscribing import PATH, Unsubscribing

PAGE = {"Accept": "text/html"}


@pytest.fixture
async def token(door: Installation) -> str:
    """Of somebody who is not signed in here."""
    await signed_in(door)
    user = await door.services.people.users.named(EMAIL)
    door.client.cookies.clear()
    return Unsubscribing(door.services.people.sessions._secrets, "").token(user.id, Event.JOB_FAILED)


async def wanted(door: Installation) -> bool:
    await door.client.post(
        "/api/login", json={"email": EMAIL, "password": "a sentence of some length", "cookies": True}
    )
    mails = (await door.client.get("/api/users/me/notifications")).json()["mails"]
    door.client.cookies.clear()
    return bool(mails["job_failed"])


async def test_whoever_follows_the_link_is_asked_in_their_language(door: Installation, token: str) -> None:
    sent = await door.client.get(f"{PATH}?token={token}", headers=PAGE)
    assert (sent.status_code, sent.headers["location"]) == (303, f"/app/unsubscribe?token={token}")
    page = await door.client.get(sent.headers["location"], headers={"Accept-Language": "fr"})
    assert "Une de vos tâches a échoué" in page.text
    assert await wanted(door)
    done = await send(door, form_to(page.text, "/app/unsubscribe"))
    assert "No more of these mails" in done.text
    assert not await wanted(door)


async def test_mail_programs_stop_them_at_one_click(door: Installation, token: str) -> None:
    done = await door.client.post(f"{PATH}?token={token}", data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert not await wanted(door)


async def test_a_link_that_is_not_whole_is_told_so_on_a_page(door: Installation) -> None:
    for answer in (
        await door.client.get("/app/unsubscribe?token=a.job_failed.b"),
        await door.client.post("/app/unsubscribe", data={"token": "a.job_failed.b"}),
        await door.client.post(f"{PATH}?token=a.job_failed.b", headers=PAGE),
    ):
        assert answer.status_code == 403
        assert "The link is not whole" in answer.text
