"""`/app/jobs`: all jobs of the project, live, and what can be done with them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel, Field

from surtitle.accounts.access import NotAllowed, Permission, Principal, require
from surtitle.api.access import READS, Caller, ReadsProject, WritesProject, caller_of
from surtitle.api.auditing import Auditing, Noted
from surtitle.api.dependencies import Cursor, Use
from surtitle.api.dialects import video_generator
from surtitle.api.services import Services
from surtitle.domain.jobs import JobState
from surtitle.errors import Conflict, NotFound
from surtitle.jobs.filters import JobFilter
from surtitle.paging import Page
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, HOME, local, see_other
from surtitle.web.job_rows import RECIPE_NAMES, JobRow, rows_of
from surtitle.web.pages import Pages, page
from surtitle.web.view import view_of

router = APIRouter(dependencies=[FORM_TOKEN, READS])

JOBS = f"{HOME}/jobs"
ON_A_PAGE = 30
_MOST_AT_ONCE = 100
# A stream that ends is begun again by the browser: rights are looked at anew, and a server can stop.
_STREAM_SECONDS = 60.0
_LOOKS_EVERY_SECONDS = 1.0
_RETRY_MS = 1000

StateChoice = Literal["", "active", "succeeded", "failed", "cancelled"]
STATE_CHOICES = {
    "": _("All"),
    "active": _("Not done yet"),
    "succeeded": _("Done"),
    "failed": _("Failed"),
    "cancelled": _("Cancelled"),
}
_ACTIVE = frozenset({JobState.CREATED, JobState.QUEUED, JobState.RUNNING})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs the page shows, as its address says."""

    state: str
    recipe: str
    named: str

    @property
    def filter(self) -> JobFilter:
        states = (
            _ACTIVE if self.state == "active" else frozenset({JobState(self.state)}) if self.state else None
        )
        return JobFilter(states=states, recipe=self.recipe or None, named=self.named or None)

    @property
    def query(self) -> str:
        """For the address of the next page, and of the live list."""
        chosen = {"state": self.state, "recipe": self.recipe, "named": self.named}
        return urlencode({name: value for name, value in chosen.items() if value})


async def _wanted(
    state: StateChoice = "",
    recipe: Annotated[str, Query(max_length=64)] = "",
    named: Annotated[str, Query(max_length=200)] = "",
) -> Wanted:
    return Wanted(state, recipe if recipe in RECIPE_NAMES else "", named.strip())


WantedJobs = Annotated[Wanted, Depends(_wanted)]


@router.get("/jobs")
async def show_jobs(
    *,
    request: Request,
    use: Use,
    project: ReadsProject,
    wanted: WantedJobs,
    cursor: Cursor = None,
    done: Annotated[int, Query(ge=0, le=_MOST_AT_ONCE)] = 0,
    left: Annotated[int, Query(ge=0, le=_MOST_AT_ONCE)] = 0,
) -> Response:
    """The list; `done` and `left` tell of a form that was sent just before."""
    listed = await _rows(use, project, wanted, cursor, await caller_of(request))
    return await page(
        request,
        "jobs.html",
        rows=listed.items,
        next_cursor=listed.next_cursor,
        first=cursor is None,
        wanted=wanted,
        state_choices=STATE_CHOICES,
        recipe_names=RECIPE_NAMES,
        done=done,
        left=left,
    )


@router.get("/jobs/live", response_class=EventSourceResponse)
async def follow_jobs(
    request: Request, use: Use, project: ReadsProject, wanted: WantedJobs
) -> AsyncIterator[ServerSentEvent]:
    """The first page of the list, whenever something of it changes."""
    pages: Pages = request.app.state.pages
    view, caller = await view_of(request), await caller_of(request)
    before: dict[str, JobRow] = {}
    for _look in range(round(_STREAM_SECONDS / _LOOKS_EVERY_SECONDS)):
        listed = await _rows(use, project, wanted, None, caller)
        now = {str(row.id): row for row in listed.items}
        same_list = list(now) == list(before)
        # What is shown of a row changes with the time too; that is the browser's to tell.
        changed = {
            job_id: pages.text(view, "job_row.html", row=row)
            for job_id, row in now.items()
            if not same_list or row != before[job_id]
        }
        if not same_list:
            yield ServerSentEvent(event="list", data={"rows": list(changed.items())}, retry=_RETRY_MS)
        else:
            for job_id, row in changed.items():
                yield ServerSentEvent(event="row", data={"id": job_id, "row": row})
        before = now
        await asyncio.sleep(_LOOKS_EVERY_SECONDS)


class Deeds(BaseModel):
    """What is to be done with which jobs. `one`: a deed and a job, of the button in a job's own row."""

    job: Annotated[list[UUID], Field(max_length=_MOST_AT_ONCE)] = []
    do: Literal["", "cancel", "retry", "delete"] = ""
    one: Annotated[str, Field(pattern=r"^((cancel|retry|delete) [0-9a-f-]{36})?$")] = ""
    sure: bool = False
    next: Annotated[str, Field(max_length=500)] = JOBS

    @property
    def deed(self) -> str:
        return self.one.partition(" ")[0] or self.do

    @property
    def jobs(self) -> list[UUID]:
        return [UUID(self.one.partition(" ")[2])] if self.one else self.job


@router.post("/jobs/do")
async def do_with_jobs(
    form: Annotated[Deeds, Form()], request: Request, use: Use, project: WritesProject, caller: Caller
) -> Response:
    """Cancel, retry or delete; what has moved on meanwhile, or is not theirs to retry, is left as it is."""
    if not form.jobs or not form.deed:
        return see_other(local(form.next))
    if form.deed == "delete":
        require(caller, project, Permission.DELETE)
        if not form.sure:
            names = await _names(use, project, form.jobs)
            return await page(request, "jobs_delete.html", names=names, ids=form.jobs, back=local(form.next))
    done = [job_id for job_id in form.jobs if await _did(request, use, project, form.deed, job_id)]
    told = urlencode({"done": len(done), "left": len(form.jobs) - len(done)})
    where = local(form.next)
    return see_other(f"{where}{'&' if '?' in where else '?'}{told}" if where.startswith(JOBS) else where)


_DEEDS: dict[str, tuple[str, Callable[[Services], Callable[[UUID, UUID], Awaitable[object]]]]] = {
    "cancel": ("job.cancelled", lambda use: use.jobs.cancel),
    "retry": ("job.retried", lambda use: use.jobs.retry),
    "delete": ("job.deleted", lambda use: use.jobs.delete),
}


async def _did(request: Request, use: Services, project: UUID, deed: str, job_id: UUID) -> bool:
    action, choose = _DEEDS[deed]
    try:
        if deed == "retry":
            job = (await use.jobs.get(project, job_id)).job
            video_generator.require_may_retry(await caller_of(request), job)
        await choose(use)(project, job_id)
    except (Conflict, NotAllowed, NotFound):
        return False
    auditing: Auditing = request.app.state.auditing
    await auditing.tell(request, action, "job", Noted(job_id))
    return True


async def _rows(
    use: Services, project: UUID, wanted: Wanted, cursor: str | None, caller: Principal
) -> Page[JobRow]:
    listed = await use.jobs.list(project, wanted.filter, cursor, ON_A_PAGE)
    return Page(rows_of(listed.items, await use.jobs.names(listed.items), caller), listed.next_cursor)


async def _names(use: Services, project: UUID, job_ids: list[UUID]) -> list[str]:
    jobs = [(await use.jobs.get(project, job_id)).job for job_id in job_ids]
    return [row.name for row in rows_of(jobs, await use.jobs.names(jobs))]
