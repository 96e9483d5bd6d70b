"""Figures of each day and project. Also what the Video generator's users ask for, by the same path."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from surtitle.accounts.access import NoSuchProject, Permission, Principal, Role, require, rights
from surtitle.analytics.reading import FigureFilter
from surtitle.analytics.written import MEDIA_TYPE, as_csv
from surtitle.api.access import AnyCaller
from surtitle.api.dependencies import Day, Limit, Use
from surtitle.api.downloads import content_disposition
from surtitle.api.native.kpi_schemas import KpiPage
from surtitle.api.openapi import file_answer, problems
from surtitle.api.services import Services

router = APIRouter(tags=["usage"])


# Of a day and a project, and so longer than those of other lists.
Cursor = Annotated[
    str | None, Query(pattern=r"^[A-Za-z0-9_-]{27}$", description="`next_cursor` of the page before.")
]


class KpiFormat(StrEnum):
    """How figures are written."""

    JSON = "json"
    CSV = "csv"


@router.get(
    "/api/kpis/daily",
    response_model=KpiPage,
    responses={200: file_answer("With `format=csv`, all of them as a file.", "text/csv"), **problems(404)},
)
async def list_daily_kpis(
    *,
    use: Use,
    caller: AnyCaller,
    first: Annotated[Day | None, Query(alias="from", description="This day and later ones.")] = None,
    last: Annotated[Day | None, Query(alias="to", description="This day and earlier ones.")] = None,
    project: Annotated[
        UUID | None, Query(description="Only this one. Left out: all that the caller may see.")
    ] = None,
    wanted_format: Annotated[KpiFormat, Query(alias="format")] = KpiFormat.JSON,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> KpiPage | Response:
    """What each project did on each day: administrators and support see all projects, others their own."""
    wanted = FigureFilter(first, last, await _projects(use, caller, project))
    if wanted_format is KpiFormat.CSV:
        headers = {"Content-Disposition": content_disposition("attachment", "kpis.csv")}
        return StreamingResponse(_lines(use, wanted), media_type=MEDIA_TYPE, headers=headers)
    return KpiPage.of(await use.kpis.page(wanted, cursor, limit))


async def _projects(use: Services, caller: Principal, project: UUID | None) -> list[UUID] | None:
    """Whose figures the caller asks for and may see; None: everybody's. Raises `NoSuchProject`."""
    if project is not None:
        require(caller, project, Permission.READ)
        if await use.holdings.of_project(project) is None:
            raise NoSuchProject(project)
        return [project]
    if caller.key is not None:
        require(caller, caller.key.project_id, Permission.READ)
        return [caller.key.project_id]
    if caller.role in {Role.ADMIN, Role.SUPPORT}:
        return None
    return [one for one in caller.memberships if Permission.READ in rights(caller, one)]


async def _lines(use: Services, wanted: FigureFilter) -> AsyncIterator[bytes]:
    async with aclosing(as_csv(use.kpis.stream(wanted))) as lines:  # type: ignore[type-var]
        async for line in lines:
            yield line
