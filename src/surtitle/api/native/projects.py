"""`/api/projects`: make, list, change, archive."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Response

from surtitle.accounts.access import EVERYTHING, Principal, rights
from surtitle.accounts.projects import ProjectChanges, QuotaChanges, SeenProject
from surtitle.api.access import (
    MANAGES,
    READS,
    Administers,
    AnyCaller,
    Caller,
    SignedIn,
)
from surtitle.api.dependencies import Address, Cursor, Limit, Use
from surtitle.api.native.project_schemas import (
    ProjectChangeRequest,
    ProjectDocument,
    ProjectPage,
    ProjectRequest,
    QuotaRequest,
)
from surtitle.api.openapi import problems

router = APIRouter(tags=["projects"])

Everybodys = Annotated[bool, Query(alias="all", description="Everybody's, for the roles support and admin.")]


@router.post("/api/projects", status_code=201, responses=problems(409))
async def create_project(
    wish: ProjectRequest, response: Response, use: Use, caller: SignedIn, address: Address
) -> ProjectDocument:
    """Make a project of your own."""
    seen = await use.people.projects.create(caller, wish.name, address)
    response.headers["Location"] = f"/api/projects/{seen.project.id}"
    # The caller became its owner just now.
    return ProjectDocument.of(seen, EVERYTHING)


@router.get("/api/projects")
async def list_projects(
    use: Use, caller: AnyCaller, everybodys: Everybodys = False, cursor: Cursor = None, limit: Limit = 50
) -> ProjectPage:
    """The projects that you are a member of, the newest first. A key has one."""
    page = await use.people.projects.page(caller, cursor, limit, everybodys=everybodys)
    return ProjectPage(items=[_shown(caller, seen) for seen in page.items], next_cursor=page.next_cursor)


@router.get("/api/projects/{project_id}", dependencies=[READS], responses=problems(404))
async def show_project(project_id: UUID, use: Use, caller: Caller) -> ProjectDocument:
    """One project."""
    return _shown(caller, await use.people.projects.get(caller, project_id))


@router.patch("/api/projects/{project_id}", dependencies=[MANAGES], responses=problems(404, 409))
async def change_project(
    project_id: UUID,
    wish: ProjectChangeRequest,
    use: Use,
    caller: Caller,
    address: Address,
) -> ProjectDocument:
    """Rename it, set its jobs' default options, or how long everything is kept."""
    changes = ProjectChanges()
    if wish.name is not None:
        changes["name"] = wish.name
    if wish.default_options is not None:
        changes["default_options"] = wish.default_options
    if "retention_days" in wish.model_fields_set:
        changes["retention_days"] = wish.retention_days
    return _shown(caller, await use.people.projects.change(caller, project_id, changes, address))


@router.post("/api/projects/{project_id}/archive", dependencies=[MANAGES], responses=problems(404, 409))
async def archive_project(project_id: UUID, use: Use, caller: Caller, address: Address) -> ProjectDocument:
    """Make it read-only. Jobs under way go on to their end."""
    return _shown(caller, await use.people.projects.archive(caller, project_id, address))


@router.post("/api/projects/{project_id}/unarchive", dependencies=[MANAGES], responses=problems(404))
async def unarchive_project(project_id: UUID, use: Use, caller: Caller, address: Address) -> ProjectDocument:
    """Bring it back."""
    return _shown(caller, await use.people.projects.unarchive(caller, project_id, address))


@router.post("/api/projects/{project_id}/default", dependencies=[READS], responses=problems(404, 409))
async def make_project_default(project_id: UUID, use: Use, caller: SignedIn) -> ProjectDocument:
    """Work here from now on, where a request names no project."""
    return _shown(caller, await use.people.projects.make_default(caller, project_id))


@router.post(
    "/api/projects/{project_id}/leave", status_code=204, dependencies=[READS], responses=problems(404, 409)
)
async def leave_project(project_id: UUID, use: Use, caller: SignedIn, address: Address) -> None:
    """Leave it. What you made stays. Its last owner cannot."""
    await use.people.members.leave(caller, project_id, address)


@router.patch("/api/admin/projects/{project_id}/quotas", responses=problems(404))
async def set_quotas(
    project_id: UUID, wish: QuotaRequest, use: Use, admin: Administers, address: Address
) -> ProjectDocument:
    """Say what a project may use."""
    quotas = cast("QuotaChanges", wish.model_dump(exclude_unset=True))
    return _shown(admin, await use.people.projects.set_quotas(admin, project_id, quotas, address))


def _shown(caller: Principal, seen: SeenProject) -> ProjectDocument:
    return ProjectDocument.of(seen, rights(caller, seen.project.id))
