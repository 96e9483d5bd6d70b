"""The administration: who sees which page, and what its forms do."""

import asyncio
import re
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.api.accounts import EMAIL, deeds
from tests.api.installation import UNKNOWN_ID, Installation, wav
from tests.api.people import Somebody, person
from tests.web.browsing import form_to, send, signed_in

from surtitle.accounts.access import Role
from surtitle.db.account_models import User
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner

HOSTILE = "<script>alert(1)</script>"
PAGES = (
    "", "/queue", "/people", "/projects", "/figures", "/storage", "/models", "/audit", "/upkeep",
)  # fmt: skip
CSRF = "surtitle_csrf"


async def administers(door: Installation, role: Role = Role.ADMIN, email: str = EMAIL) -> UUID:
    """The client's browser is signed in as somebody with that role."""
    await signed_in(door, email)
    me = UUID((await door.client.get("/api/users/me")).json()["id"])
    async with door.services.database.writing() as session:
        (await session.get_one(User, me)).role = role
    door.services.authenticator.forget_everybody()
    return me


async def posts(door: Installation, path: str, **fields: Any) -> httpx.Response:
    return await door.client.post(path, data={"csrf": door.client.cookies.get(CSRF, ""), **fields})


async def shows(door: Installation, path: str) -> str:
    answer = await door.client.get(path)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
    return answer.text


async def ended(door: Installation, path: str) -> str:
    """The page once nothing is under way on it."""
    for _look in range(200):
        text = await shows(door, path)
        if "data-every" not in text:
            return text
        await asyncio.sleep(0.05)
    raise AssertionError(f"{path} did not come to an end")


@pytest.mark.parametrize("path", PAGES)
async def test_an_administrator_and_support_see_every_page_and_others_none(
    door: Installation, path: str
) -> None:
    for role, status in ((Role.ADMIN, 200), (Role.SUPPORT, 200), (Role.USER, 403)):
        door.client.cookies.clear()
        await administers(door, role, f"{role}@example.org")
        answer = await door.client.get(f"/app/admin{path}")
        assert answer.status_code == status, (role, path, answer.text[-1500:])
        if role is Role.SUPPORT:
            # Those at the foot and of the menu apart, support is offered nothing that changes anything.
            acts = re.findall(r'<form[^>]+method="post"[^>]+action="(/app/admin[^"]*)"', answer.text)
            assert acts == []
        if role is Role.USER:
            assert "Ask an owner of the project or an administrator" in answer.text


async def test_support_is_refused_what_changes_something(door: Installation) -> None:
    me = await administers(door, Role.SUPPORT)
    for path, fields in (
        ("/queue/cpu/pause", {}),
        ("/queue/jobs", {"one": f"cancel {UNKNOWN_ID}"}),
        (f"/people/{me}/role", {"role": "admin"}),
        (f"/people/{me}/erase", {"sure": EMAIL}),
        ("/invitations", {"days": "7"}),
        (f"/projects/{UNKNOWN_ID}/quotas", {}),
        ("/storage/look", {}),
        ("/models/whisper-base/pull", {}),
        ("/audit/verify", {}),
    ):
        assert (await posts(door, f"/app/admin{path}", **fields)).status_code == 403, path
    assert (await door.client.get("/api/users/me")).json()["role"] == "support"


async def test_a_personal_installation_has_the_pages_that_make_sense(home: Installation) -> None:
    for path in ("", "/queue", "/figures", "/storage", "/models", "/upkeep"):
        text = await shows(home, f"/app/admin{path}")
        assert "/app/admin/people" not in text
        assert "/app/admin/audit" not in text
    assert (await home.client.get("/app/admin/people")).status_code == 303


async def test_the_overview_tells_what_is_not_ready_and_why(home: Installation) -> None:
    text = await shows(home, "/app/admin")
    assert "No worker is alive, so jobs wait." in text
    assert "Something that is needed is missing." in text
    assert "No place for backups is set." in text


async def test_a_paused_queue_holds_its_jobs_until_it_goes_on(door: Installation) -> None:
    await administers(door)
    somebody = await person(door, "ana@example.org")
    job = await somebody.starts()
    page = await shows(door, "/app/admin/queue")
    answer = await send(door, form_to(page, "/app/admin/queue/cpu/pause"))
    assert answer.status_code == 303
    page = await shows(door, answer.headers["location"])
    assert "The queue is paused." in page
    assert f'data-job="{job["id"]}"' in page
    assert await _claims(door) is None
    await send(door, form_to(page, "/app/admin/queue/cpu/resume"))
    assert await _claims(door) == UUID(job["id"])
    assert [deed for deed, _ in await deeds(door) if deed.startswith("queue.")] == [
        "queue.paused", "queue.resumed",
    ]  # fmt: skip
    assert (await posts(door, "/app/admin/queue/nothing/pause")).status_code == 404


async def test_a_job_of_any_project_is_put_back_cancelled_and_tried_again(door: Installation) -> None:
    await administers(door)
    somebody = await person(door, "ana@example.org")
    job = (await somebody.starts())["id"]
    claim = await door.claim()
    assert f'value="requeue {job}"' in await shows(door, "/app/admin/queue")
    assert await _does(door, "requeue", job) == "requeue"
    assert (await somebody.gets(f"/api/jobs/{job}"))["state"] == "queued"
    assert not await door.queue.beat(claim)
    # Nobody holds it any more.
    assert await _does(door, "requeue", job) == "moved-on"
    assert await _does(door, "cancel", job) == "cancel"
    assert (await somebody.gets(f"/api/jobs/{job}"))["state"] == "cancelled"
    assert await _does(door, "retry", job) == "retry"
    assert (await somebody.gets(f"/api/jobs/{job}"))["state"] == "queued"
    assert await _does(door, "cancel", UNKNOWN_ID) == "moved-on"
    told = [deed for deed, _ in await deeds(door) if deed.startswith("job.")]
    assert told[-3:] == ["job.requeued", "job.cancelled", "job.retried"]


async def test_failures_of_the_day_are_shown_with_why(door: Installation) -> None:
    await administers(door)
    await (await person(door, "ana@example.org")).starts()
    await door.fail()
    assert "The recording has no sound track." in await shows(door, "/app/admin/queue")


async def test_people_are_found_and_changed(door: Installation) -> None:
    me = await administers(door)
    ana = await person(door, "ana@example.org")
    assert "ana@example.org" in await shows(door, "/app/admin/people")
    assert "ana@example.org" in await shows(door, "/app/admin/people?search=ANA")
    assert "Nobody is called that." in await shows(door, "/app/admin/people?search=%25")
    page = await shows(door, f"/app/admin/people/{ana.id}")
    answer = await send(door, form_to(page, f"/app/admin/people/{ana.id}/role"), role="support")
    assert "The role is changed." in await shows(door, answer.headers["location"])
    await posts(door, f"/app/admin/people/{ana.id}/state", state="blocked")
    assert (await ana.asks("GET", "/api/jobs")).status_code == 401
    assert "Kept out" in await shows(door, f"/app/admin/people/{ana.id}")
    alone = await posts(door, f"/app/admin/people/{me}/role", role="user")
    assert alone.status_code == 409
    assert "You are the last administrator." in alone.text
    assert (await door.client.get(f"/app/admin/people/{UNKNOWN_ID}")).status_code == 404


async def test_a_person_is_erased_once_the_email_is_typed_again(door: Installation) -> None:
    await administers(door)
    ana = await person(door, "ana@example.org")
    path = f"/app/admin/people/{ana.id}/erase"
    asked = form_to(await shows(door, path), path)
    refused = await send(door, asked, sure="somebody@example.org", mode="anonymise")
    assert refused.status_code == 422
    assert 'value="anonymise" checked' in refused.text
    answer = await send(door, asked, sure="ANA@example.org", mode="erase")
    assert answer.headers["location"].startswith("/app/admin/people?told=eras")
    assert "ana@example.org" not in await shows(door, "/app/admin/people")


async def test_an_invitation_is_made_listed_and_taken_back(door: Installation) -> None:
    await administers(door)
    page = await shows(door, "/app/admin/people")
    made = await send(door, form_to(page, "/app/admin/invitations"), email="new@example.org", days="3")
    assert made.status_code == 200
    assert "/account/invitation#" in made.text
    assert made.headers["cache-control"] == "no-store"
    page = await shows(door, "/app/admin/people")
    assert "new@example.org" in page
    [revoke] = re.findall(r'action="(/app/admin/invitations/[^"]+/revoke)"', page)
    assert (await posts(door, revoke)).headers["location"].endswith("told=revoked")
    assert (await posts(door, revoke)).headers["location"].endswith("told=bad-link")


async def test_limits_and_credits_of_a_project_are_set(door: Installation) -> None:
    await administers(door)
    ana = await person(door, "ana@example.org")
    await _names(ana, HOSTILE)
    assert HOSTILE not in await shows(door, "/app/admin/projects")
    path = f"/app/admin/projects/{ana.project_id}"
    page = await shows(door, path)
    assert HOSTILE not in page
    form = form_to(page, f"{path}/quotas")
    await send(door, form, minutes_a_month="12.5", storage_gib="2", parallel_jobs="", requests_a_minute="")
    await posts(door, f"{path}/credits", amount="60", reason=HOSTILE)
    quotas = (await door.client.get(f"/api/projects/{ana.project_id}")).json()["quotas"]
    assert quotas == {
        "minutes_a_month": 12.5,
        "storage_bytes": 2 * 1024**3,
        "parallel_jobs": None,
        "requests_a_minute": None,
    }
    page = await shows(door, path)
    assert 'value="12.5"' in page
    assert HOSTILE not in page
    assert (await posts(door, f"{path}/quotas", parallel_jobs="-1")).status_code == 422
    assert (await door.client.get(f"/app/admin/projects/{UNKNOWN_ID}")).status_code == 404


async def test_credits_are_granted_once_however_often_the_form_is_sent(door: Installation) -> None:
    await administers(door)
    ana = await person(door, "ana@example.org")
    path = f"/app/admin/projects/{ana.project_id}"
    form = form_to(await shows(door, path), f"{path}/credits")
    for amount in ("60", "60", "5"):
        told = (await send(door, form, amount=amount, reason="Order 7")).headers["location"]
        assert told.endswith("told=credits")
    assert (await ana.gets(f"{ana.home}/credits"))["balance"] == 65
    fresh = form_to(await shows(door, path), f"{path}/credits")
    await send(door, fresh, amount="60", reason="Order 7")
    assert (await ana.gets(f"{ana.home}/credits"))["balance"] == 125


async def test_the_trail_is_filtered_and_checked(door: Installation) -> None:
    await administers(door)
    await posts(door, "/app/admin/queue/cpu/pause")
    await posts(door, "/app/admin/queue/cpu/resume")

    async def found(query: str) -> list[str]:
        return _actions(await shows(door, f"/app/admin/audit?{query}"))

    both = ["queue.resumed", "queue.paused"]
    assert await found("action=queue.*") == both
    assert await found(f"action=queue.paused&who={EMAIL}") == ["queue.paused"]
    assert await found("action=queue.*&who=nobody@example.org") == []
    assert await found("action=queue.*&to=2020-01-01") == []
    assert await found("object=cpu") == both
    page = await shows(door, "/app/admin/audit?action=queue.*")
    assert 'href="/api/admin/audit/export?format=csv&amp;action=queue.%2A"' in page
    wrong = await door.client.get(f"/app/admin/audit?project={HOSTILE}")
    assert wrong.status_code == 422
    assert HOSTILE not in wrong.text
    await posts(door, "/app/admin/audit/verify")
    assert "as they were written" in await ended(door, "/app/admin/audit")


async def test_figures_are_shown_for_the_days_that_are_chosen(door: Installation) -> None:
    await administers(door)
    page = await shows(door, "/app/admin/figures?days=7")
    assert page.count('<figure class="chart">') == 7
    assert "format=csv" in page
    assert (await door.client.get("/app/admin/figures?days=8")).status_code == 422


async def test_the_storage_is_looked_through_without_changing_it(door: Installation) -> None:
    await administers(door)
    ana = await person(door, "ana@example.org")
    await ana.asks("POST", "/api/media", files={"file": ("talk.wav", wav())})
    await posts(door, "/app/admin/storage/look")
    assert "Every file has its row" in await ended(door, "/app/admin/storage")
    await posts(door, "/app/admin/storage/preview", days="0")
    page = await ended(door, "/app/admin/storage")
    assert "surtitle purge --older-than 0" in page


async def test_a_model_is_fetched_once_however_many_ask(door: Installation) -> None:
    await administers(door)
    page = await shows(door, "/app/admin/models")
    assert "whisper-base" in page
    for _ask in range(2):
        answer = await posts(door, "/app/admin/models/whisper-base/pull")
        assert answer.headers["location"] == "/app/admin/models#model-whisper-base"
    assert (await posts(door, "/app/admin/models/no-such-model/pull")).status_code == 404
    await door.services.administration.errands.close()


def _actions(page: str) -> list[str]:
    return re.findall(r"<td[^>]*><code>([a-z.-]+)</code>", page)


async def _claims(door: Installation) -> UUID | None:
    claim = await door.queue.claim(Offer(), Owner.this_process())
    return claim.job_id if claim else None


async def _does(door: Installation, deed: str, job: str) -> str:
    answer = await posts(door, "/app/admin/queue/jobs", one=f"{deed} {job}")
    assert answer.status_code == 303, answer.text[-1000:]
    return answer.headers["location"].partition("told=")[2]


async def _names(somebody: Somebody, name: str) -> None:
    answer = await somebody.asks("PATCH", somebody.home, json={"name": name})
    assert answer.status_code == 200, answer.text
