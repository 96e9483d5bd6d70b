"""The list of projects, and which of them a browser works in."""

from uuid import UUID

import pytest
from tests.api.accounts import deeds
from tests.api.installation import UNKNOWN_ID, Installation
from tests.api.people import Somebody, person
from tests.web.browsing import form_to, send, signed_in

from surtitle.accounts.access import Role
from surtitle.accounts.invitations import InvitationWish
from surtitle.api.browser_sessions import PROJECT_COOKIE
from surtitle.db.account_models import Membership, User

HOSTILE = '"><script>alert(1)</script>'


async def joined(door: Installation, to: Somebody, role: str) -> None:
    """Whoever is signed in, in somebody else's project."""
    me = (await door.client.get("/api/users/me")).json()
    async with door.services.database.writing() as session:
        session.add(Membership(project_id=to.project_id, user_id=UUID(me["id"]), role=role))
    door.services.authenticator.forget_everybody()


async def made(door: Installation, name: str) -> str:
    """The address of a new project of whoever is signed in, in which they work now."""
    form = form_to((await door.client.get("/app/projects")).text, "/app/projects")
    answer = await send(door, form, name=name)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def works_in(door: Installation) -> str:
    """The address of the project that pages work in."""
    return (await door.client.get("/app/project")).headers["location"]


async def test_a_project_is_made_and_worked_in(door: Installation) -> None:
    await signed_in(door)
    first = await works_in(door)
    here = await made(door, HOSTILE)
    assert here != first
    assert await works_in(door) == here
    page = (await door.client.get("/app/projects")).text
    assert "<script>alert" not in page
    assert page.count("You work here") == 1
    assert f'href="{here}" aria-current' not in page
    # Programs of the person go on where they were.
    assert (await door.client.get("/api/users/me")).json()["default_project_id"] == first.rpartition("/")[2]


async def test_pages_and_what_their_scripts_ask_work_in_the_same_project(door: Installation) -> None:
    await signed_in(door)
    first = await works_in(door)
    here = await made(door, "Harbour")
    csrf = {"X-CSRF-Token": door.client.cookies["surtitle_csrf"]}
    await door.client.put("/api/glossary", json={"terms": ["Kvistholm"]}, headers=csrf)
    assert "Kvistholm" in (await door.client.get(f"{here}/glossary")).text
    assert "Kvistholm" not in (await door.client.get(f"{first}/glossary")).text


async def test_the_menu_changes_where_one_works_and_stays_on_the_page(door: Installation) -> None:
    await signed_in(door)
    first = await works_in(door)
    await made(door, "Harbour")
    form = form_to((await door.client.get("/app/jobs")).text, "/app/projects/work-in")
    answer = await send(door, form, project=first.rpartition("/")[2])
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/jobs")
    assert await works_in(door) == first
    page = (await door.client.get(f"{first}/keys")).text
    answer = await send(door, form_to(page, "/app/projects/work-in"), project=UNKNOWN_ID)
    assert answer.status_code == 404


async def test_the_cookie_opens_nothing(door: Installation) -> None:
    other = await person(door, "other@example.org")
    await signed_in(door)
    first = await works_in(door)
    for wanted in (str(other.project_id), UNKNOWN_ID, "no id", ""):
        door.client.cookies.set(PROJECT_COOKIE, wanted)
        assert await works_in(door) == first
    assert (await door.client.get(f"/app/projects/{other.project_id}")).status_code == 404


async def test_nobody_works_in_an_archived_project_by_the_cookie(door: Installation) -> None:
    await signed_in(door)
    first = await works_in(door)
    here = await made(door, "Harbour")
    page = (await door.client.get("/app/projects")).text
    answer = await send(door, form_to(page, f"{here}/archive"))
    assert answer.headers["location"] == "/app/projects?done=archived"
    assert await works_in(door) == first
    page = (await door.client.get(here)).text
    assert "The project is archived" in page
    again = await send(door, form_to(page, f"{here}/unarchive"))
    assert again.status_code == 303
    assert await works_in(door) == here
    assert ("project.archived", "done") in await deeds(door)


async def test_who_signs_out_chooses_anew(door: Installation) -> None:
    await signed_in(door)
    await made(door, "Harbour")
    assert PROJECT_COOKIE in door.client.cookies
    await send(door, form_to((await door.client.get("/app")).text, "/app/sign-out"))
    assert PROJECT_COOKIE not in door.client.cookies


async def test_two_projects_of_one_name_are_refused_beside_the_form(door: Installation) -> None:
    await signed_in(door)
    await made(door, "Harbour")
    form = form_to((await door.client.get("/app/projects")).text, "/app/projects")
    refused = await send(door, form, name="Harbour")
    assert refused.status_code == 409
    assert "There is a project of this name already" in refused.text
    assert form_to(refused.text, "/app/projects").values["name"] == "Harbour"


async def test_the_last_owner_stays_and_others_leave(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    await signed_in(door)
    first = await works_in(door)
    refused = await send(door, form_to((await door.client.get("/app/projects")).text, f"{first}/leave"))
    assert refused.status_code == 409
    assert "Every project has an owner" in refused.text
    await joined(door, owner, "editor")
    page = (await door.client.get("/app/projects")).text
    theirs = f"/app/projects/{owner.project_id}"
    assert f"{theirs}/archive" not in page
    left = await send(door, form_to(page, f"{theirs}/leave"))
    assert left.headers["location"] == "/app/projects?done=left"
    assert (await door.client.get(theirs)).status_code == 404


async def test_an_invitation_is_followed_by_somebody_with_an_account(door: Installation) -> None:
    owner = await person(door, "owner@example.org")
    principal = await door.services.authenticator.by_token(owner.headers["Authorization"][7:])
    wish = InvitationWish(owner.project_id)
    token = (await door.services.people.invitations.invite(principal, wish, None)).token
    await signed_in(door)
    led = await door.client.get("/app/account/invitation")
    assert led.headers["location"] == "/app/projects/join"
    form = form_to((await door.client.get("/app/projects/join")).text, "/app/projects/join")
    refused = await send(door, form, token="in_nothing")
    assert refused.status_code == 404
    assert "The invitation is unknown" in refused.text
    answer = await send(door, form, token=token)
    assert answer.headers["location"] == f"/app/projects/{owner.project_id}"
    assert await works_in(door) == answer.headers["location"]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.ADMIN])
async def test_staff_find_everybodys_projects(door: Installation, role: Role) -> None:
    other = await person(door, "other@example.org")
    await signed_in(door)
    theirs = f"/app/projects/{other.project_id}"
    assert (await door.client.get("/app/projects?all=true")).status_code == 403
    await become(door, role)
    listed = (await door.client.get("/app/projects?all=true")).text
    assert theirs in listed
    assert (f"{theirs}/archive" in listed) == (role is Role.ADMIN)
    assert (await door.client.get(theirs)).status_code == 200
    keys = await door.client.get(f"{theirs}/keys")
    assert keys.status_code == (200 if role is Role.ADMIN else 403)
    form = form_to(listed, f"{theirs}/leave") if f"{theirs}/leave" in listed else None
    assert form is None, "who is no member cannot leave"


async def become(door: Installation, role: Role) -> None:
    """Give whoever is signed in another role in the installation."""
    me = (await door.client.get("/api/users/me")).json()
    async with door.services.database.writing() as session:
        (await session.get_one(User, UUID(me["id"]))).role = role
    door.services.authenticator.forget_everybody()


@pytest.mark.parametrize(
    ("role", "administers"), [(Role.USER, False), (Role.SUPPORT, True), (Role.ADMIN, True)]
)
async def test_the_menu_leads_where_one_may_go(door: Installation, role: Role, administers: bool) -> None:
    await signed_in(door)
    await become(door, role)
    page = (await door.client.get("/app")).text
    assert ('href="/app/admin"' in page) == administers
    for address in ("/app/jobs", "/app/films", "/app/search", "/app/voices", "/app/account", "/app/projects"):
        assert f'href="{address}"' in page


async def test_a_personal_installation_has_no_menu_of_accounts(home: Installation) -> None:
    page = (await home.client.get("/app")).text
    for address in ("/app/account", "/app/projects", "/app/sign-out", "/app/projects/work-in"):
        assert f'"{address}"' not in page
    assert 'href="/app/admin"' in page
    here = (await home.client.get("/app/project")).headers["location"]
    assert (await home.client.get(here)).status_code == 200
    assert f"{here}/members" not in (await home.client.get(here)).text
    assert (await home.client.get("/app/projects")).headers["location"] == "/app"


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/app", '<a href="/app" aria-current="page">'),
        ("/app/jobs", '<a href="/app/jobs" aria-current="page">'),
        ("/app/jobs?state=failed", '<a href="/app/jobs" aria-current="page">'),
        (f"/app/recordings/{UNKNOWN_ID}", '<a href="/app/jobs" aria-current="true">'),
    ],
)
async def test_the_bar_says_where_one_is(home: Installation, path: str, current: str) -> None:
    page = (await home.client.get(path)).text
    assert current in page
    assert page.count("aria-current") == 1
