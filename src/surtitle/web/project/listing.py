"""`/app/projects`: the caller's projects, which of them this browser works in, and new ones."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.access import Permission, Role, require, rights
from surtitle.api.access import MANAGES, READS, Caller, ReadsProject, SignedIn
from surtitle.api.browser_sessions import work_in
from surtitle.api.dependencies import Accounts, Address, Cursor
from surtitle.errors import Forbidden, NotFound
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, HOME, see_other
from surtitle.web.navigation import PLACES, PROJECTS, address_of_project
from surtitle.web.pages import page
from surtitle.web.project.frame import REFUSALS, ROLE_NAMES, Done, done_in
from surtitle.web.sentences import Refusal

router = APIRouter(dependencies=[FORM_TOKEN])

_ON_A_PAGE = 50
_STAFF = frozenset({Role.SUPPORT, Role.ADMIN})
_DONE = {
    "archived": _("The project is archived."),
    "unarchived": _("The project is back."),
    "left": _("You have left the project."),
}


class NewProject(BaseModel):
    """A name is all that a project needs."""

    name: Annotated[str, Field(max_length=200)]


class Choice(BaseModel):
    """Where to work, and the page that one came from."""

    project: UUID
    next: Annotated[str, Field(max_length=500)] = HOME


class Joining(BaseModel):
    """The token of an invitation."""

    token: Annotated[str, Field(max_length=200)]


@router.get("/project")
async def show_this_project(project: ReadsProject) -> Response:
    """The one that pages work in."""
    return see_other(address_of_project(project))


@router.get("/projects")
async def show_projects(
    *,
    request: Request,
    people: Accounts,
    caller: SignedIn,
    everybodys: Annotated[bool, Query(alias="all")] = False,
    cursor: Cursor = None,
    done: Done = "",
) -> Response:
    """The list; `all` is for staff."""
    return await _list(
        request, people, caller, everybodys=everybodys, cursor=cursor, done=_DONE.get(done, "")
    )


@router.post("/projects")
async def create_project(
    form: Annotated[NewProject, Form()],
    request: Request,
    people: Accounts,
    caller: SignedIn,
    address: Address,
) -> Response:
    """Make a project, and work in it."""
    try:
        seen = await people.projects.create(caller, form.name, address)
    except REFUSALS as error:
        return await _list(request, people, caller, refusal=Refusal.of(error, "create"), name=form.name)
    answer = see_other(address_of_project(seen.project.id))
    work_in(request, answer, seen.project.id)
    return answer


@router.post("/projects/work-in")
async def choose_project(
    form: Annotated[Choice, Form()], request: Request, people: Accounts, caller: SignedIn
) -> Response:
    """Work in this one from now on, in this browser."""
    require(caller, form.project, Permission.READ)
    seen = await people.projects.get(caller, form.project)
    if seen.project.archived_at is not None:
        return see_other(address_of_project(form.project))
    answer = see_other(_same_page_of(form.project, form.next))
    work_in(request, answer, form.project)
    return answer


@router.get("/projects/join")
async def show_joining(request: Request, _people: Accounts, _caller: SignedIn) -> Response:
    """Where an invitation leads whoever is signed in."""
    return await page(request, "project/join.html", refusal=None, token="")


@router.post("/projects/join")
async def join_project(
    form: Annotated[Joining, Form()], request: Request, people: Accounts, caller: SignedIn, address: Address
) -> Response:
    """Become a member, and work there."""
    token = form.token.strip()
    try:
        project_id = await people.invitations.accept_signed_in(caller, token, address)
    except (*REFUSALS, NotFound, Forbidden) as error:
        refusal = Refusal.of(error, "join")
        return await page(request, "project/join.html", refusal=refusal, token=token)
    answer = see_other(address_of_project(project_id))
    work_in(request, answer, project_id)
    return answer


@router.post("/projects/{project_id}/archive", dependencies=[MANAGES])
async def archive_project(
    project_id: UUID, request: Request, people: Accounts, caller: Caller, address: Address
) -> Response:
    """Make it read-only."""
    try:
        await people.projects.archive(caller, project_id, address)
    except REFUSALS as error:
        return await _list(request, people, caller, refusal=Refusal.of(error, "list"))
    return see_other(f"{PROJECTS}?done=archived")


@router.post("/projects/{project_id}/unarchive", dependencies=[MANAGES])
async def unarchive_project(project_id: UUID, people: Accounts, caller: Caller, address: Address) -> Response:
    """Bring it back."""
    await people.projects.unarchive(caller, project_id, address)
    return see_other(f"{PROJECTS}?done=unarchived")


@router.post("/projects/{project_id}/default", dependencies=[READS])
async def make_default(project_id: UUID, people: Accounts, caller: SignedIn) -> Response:
    """Work here wherever nothing else is said, programs that are signed in included."""
    await people.projects.make_default(caller, project_id)
    return done_in(project_id, "", "default")


@router.post("/projects/{project_id}/leave", dependencies=[READS])
async def leave_project(
    project_id: UUID, request: Request, people: Accounts, caller: SignedIn, address: Address
) -> Response:
    """Leave it. What one made stays."""
    try:
        await people.members.leave(caller, project_id, address)
    except REFUSALS as error:
        return await _list(request, people, caller, refusal=Refusal.of(error, "list"))
    return see_other(f"{PROJECTS}?done=left")


async def _list(
    request: Request,
    people: Accounts,
    caller: SignedIn,
    *,
    everybodys: bool = False,
    cursor: str | None = None,
    refusal: Refusal | None = None,
    name: str = "",
    done: str = "",
) -> Response:
    listed = await people.projects.page(caller, cursor, _ON_A_PAGE, everybodys=everybodys)
    return await page(
        request,
        "project/list.html",
        status=refusal.status if refusal else 200,
        seen=[(one, Permission.MANAGE in rights(caller, one.project.id)) for one in listed.items],
        next_cursor=listed.next_cursor,
        everybodys=everybodys,
        is_staff=caller.role in _STAFF,
        role_names=ROLE_NAMES,
        refusal=refusal,
        name=name,
        done=done,
    )


def _same_page_of(project_id: UUID, path: str) -> str:
    """The page that one was on, where the other project has it too."""
    if path.startswith(f"{PROJECTS}/"):
        return address_of_project(project_id)
    return path if any(path == place.address for place in PLACES) else HOME
