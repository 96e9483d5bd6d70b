"""The audit trail, for those who look after the installation and for owners of a project."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from surtitle.accounts.audit import Deed
from surtitle.accounts.audit_export import MEDIA_TYPES, AuditFormat, written_out
from surtitle.accounts.audit_reading import AuditFilter
from surtitle.api.access import MANAGES, Supports
from surtitle.api.dependencies import Address, Cursor, Limit, Moment, Use
from surtitle.api.downloads import content_disposition
from surtitle.api.native.audit_schemas import AuditPage
from surtitle.api.openapi import file_answer, problems
from surtitle.api.services import Services

router = APIRouter(tags=["audit"])

_Action = Annotated[
    str | None,
    Query(max_length=64, pattern=r"^[a-z.-]+\*?$", description="Such as `key.created`; `key.*` for a kind."),
]
_Person = Annotated[UUID | None, Query(description="Only what this user did.")]
_Object = Annotated[
    str | None,
    Query(alias="object", max_length=64, pattern=r"^[A-Za-z0-9._-]+$", description="The object's id."),
]
_From = Annotated[Moment | None, Query(alias="from", description="Then or later. UTC without a zone.")]
_To = Annotated[Moment | None, Query(alias="to", description="Before then. UTC without a zone.")]


async def _wanted(
    *,
    action: _Action = None,
    actor: _Person = None,
    object_id: _Object = None,
    since: _From = None,
    until: _To = None,
) -> AuditFilter:
    return AuditFilter(action, actor, object_id, None, since, until)


Wanted = Annotated[AuditFilter, Depends(_wanted)]


async def _wanted_anywhere(
    wanted: Wanted,
    project: Annotated[UUID | None, Query(description="Only in this project.")] = None,
) -> AuditFilter:
    return replace(wanted, project_id=project)


WantedAnywhere = Annotated[AuditFilter, Depends(_wanted_anywhere)]


@router.get("/api/admin/audit")
async def list_audit_events(
    *, use: Use, _caller: Supports, wanted: WantedAnywhere, cursor: Cursor = None, limit: Limit = 50
) -> AuditPage:
    """What was done in the installation, the newest first."""
    return AuditPage.of(await use.data_protection.trail.page(wanted, cursor, limit), with_address=True)


@router.get(
    "/api/admin/audit/export",
    response_class=StreamingResponse,
    responses={200: file_answer("The events, the oldest first.", "text/csv", "application/jsonl")},
)
async def export_audit_events(
    *,
    use: Use,
    caller: Supports,
    address: Address,
    wanted: WantedAnywhere,
    wanted_format: Annotated[AuditFormat, Query(alias="format")] = AuditFormat.JSONL,
) -> StreamingResponse:
    """The same as a file. That it was taken is told to the trail too."""
    await use.audit.tell(Deed("audit.exported", caller, address, detail={"format": wanted_format.value}))
    headers = {"Content-Disposition": content_disposition("attachment", f"audit.{wanted_format}")}
    return StreamingResponse(
        _lines(use, wanted, wanted_format), media_type=MEDIA_TYPES[wanted_format], headers=headers
    )


@router.get("/api/projects/{project_id}/audit", dependencies=[MANAGES], responses=problems(404))
async def list_project_audit_events(
    *, project_id: UUID, use: Use, wanted: Wanted, cursor: Cursor = None, limit: Limit = 50
) -> AuditPage:
    """What was done in a project, for its owners: who and when, not from where."""
    page = await use.data_protection.trail.page(replace(wanted, project_id=project_id), cursor, limit)
    return AuditPage.of(page, with_address=False)


async def _lines(use: Services, wanted: AuditFilter, wanted_format: AuditFormat) -> AsyncIterator[bytes]:
    entries = use.data_protection.trail.stream(wanted)
    async with aclosing(written_out(entries, wanted_format)) as lines:  # type: ignore[type-var]
        async for line in lines:
            yield line
