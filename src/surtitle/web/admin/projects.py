"""`/app/admin/projects`: all projects, what each may use, and credits."""

from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from surtitle.accounts.access import Principal
from surtitle.accounts.projects import QuotaChanges
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Accounts, Address, Cursor, Use
from surtitle.api.native.project_schemas import QuotaRequest
from surtitle.api.native.usage_schemas import GrantRequest
from surtitle.api.services import Services
from surtitle.ids import new_id
from surtitle.usage.reports import Grouping
from surtitle.web.admin.sections import ADMIN, admin_page
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, FormKey, once, see_other

router = APIRouter(prefix="/admin/projects", dependencies=[FORM_TOKEN])

ON_A_PAGE = 30
_MOVEMENTS = 20
_GIB = 1024**3
_MOST = 1_000_000

TOLD = {"quotas": _("The limits are set."), "credits": _("The credits are granted.")}


@router.get("")
async def show_projects(
    request: Request, use: Use, _accounts: Accounts, staff: Supports, cursor: Cursor = None
) -> Response:
    """Everybody's, the newest first."""
    listed = await use.people.projects.page(staff, cursor, ON_A_PAGE, everybodys=True)
    return await admin_page(
        request,
        "projects.html",
        projects=[seen.project for seen in listed.items],
        owners=await use.people.projects.owners_of([seen.project.id for seen in listed.items]),
        next_cursor=listed.next_cursor,
    )


@router.get("/{project_id}")
async def show_project(
    *,
    project_id: UUID,
    request: Request,
    use: Use,
    _accounts: Accounts,
    staff: Supports,
    told: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What it may use, what it used, its credits."""
    found = await _of_project(use, staff, project_id)
    return await admin_page(request, "project.html", told=TOLD.get(told, ""), **found)


def _empty_as_none(value: object) -> object:
    return None if value == "" else value


_Limit = BeforeValidator(_empty_as_none)


class QuotaForm(BaseModel):
    """What a project may use; an empty field has no limit."""

    minutes_a_month: Annotated[float | None, Field(ge=0, le=_MOST * 60, allow_inf_nan=False), _Limit] = None
    storage_gib: Annotated[float | None, Field(ge=0, le=_MOST, allow_inf_nan=False), _Limit] = None
    parallel_jobs: Annotated[int | None, Field(ge=0, le=_MOST), _Limit] = None
    requests_a_minute: Annotated[int | None, Field(ge=0, le=_MOST), _Limit] = None

    def wish(self) -> QuotaRequest:
        size = None if self.storage_gib is None else round(self.storage_gib * _GIB)
        return QuotaRequest(
            minutes_a_month=self.minutes_a_month,
            storage_bytes=size,
            parallel_jobs=self.parallel_jobs,
            requests_a_minute=self.requests_a_minute,
        )


@router.post("/{project_id}/quotas")
async def set_quotas(
    *,
    project_id: UUID,
    form: Annotated[QuotaForm, Form()],
    use: Use,
    _accounts: Accounts,
    admin: Administers,
    address: Address,
) -> Response:
    """Say what the project may use."""
    quotas = cast("QuotaChanges", form.wish().model_dump())
    await use.people.projects.set_quotas(admin, project_id, quotas, address)
    return see_other(f"{ADMIN}/projects/{project_id}?told=quotas")


class CreditForm(GrantRequest):
    """As for the API, with the form's own token beside; with the same key they are granted once."""

    model_config = ConfigDict(extra="ignore")

    key: FormKey = ""


@router.post("/{project_id}/credits")
async def grant_credits(
    *,
    project_id: UUID,
    form: Annotated[CreditForm, Form()],
    use: Use,
    _accounts: Accounts,
    admin: Administers,
    address: Address,
) -> Response:
    """Grant credits, or take some back with an amount below 0."""
    key = once(form.key, form.amount, form.reason)
    await use.credits.grant(admin, project_id, form.amount, form.reason, address, key=key)
    return see_other(f"{ADMIN}/projects/{project_id}?told=credits")


async def _of_project(use: Services, staff: Principal, project_id: UUID) -> dict[str, Any]:
    seen = await use.people.projects.get(staff, project_id)
    project = seen.project
    stored = project.storage_bytes
    return {
        "project": project,
        "storage_gib": None if stored is None else round(stored / _GIB, 3),
        "left": await use.usage.left(project_id),
        "usage": await use.usage.of_project(project_id, None, None, Grouping.DAY),
        "account": await use.credits.account(project_id, None, _MOVEMENTS),
        "key": new_id(),
        "members": (await use.people.members.page(project_id, None, _MOVEMENTS)).items,
    }
