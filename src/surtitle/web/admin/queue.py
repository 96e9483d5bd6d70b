"""`/app/admin/queue`: what waits, who works on what, and what to do where that goes wrong."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.audit import Deed
from surtitle.api.access import Administers, Supports
from surtitle.api.dependencies import Address, Use
from surtitle.api.services import Services
from surtitle.errors import Conflict, NotFound
from surtitle.web.admin.sections import ADMIN, admin_page
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other
from surtitle.web.job_rows import RECIPE_NAMES, STATE_NAMES
from surtitle.web.sentences import is_told_exactly, sentence_of

router = APIRouter(prefix="/admin/queue", dependencies=[FORM_TOKEN])

QUEUE = f"{ADMIN}/queue"
_SHOWN = 50
_FAILED_SHOWN = 20

TOLD = {
    "paused": _("The queue is paused. What runs goes on, and new jobs are taken in."),
    "resumed": _("The queue goes on."),
    "cancel": _("The job is being cancelled."),
    "requeue": _("The job is back in its queue."),
    "retry": _("The job is tried again."),
    "moved-on": _("The job has moved on in the meantime. Look at its present state and choose again."),
}


@router.get("")
async def show_queue(
    request: Request, use: Use, _staff: Supports, told: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Queues, workers, and the jobs of all projects that are under way."""
    oversight = use.administration.oversight
    return await admin_page(
        request,
        "queue.html",
        queues=await use.queues.list(),
        oldest=await oversight.oldest_seconds(),
        workers=await use.workers.alive(),
        unserved=[one.sentence for one in await use.workers.unserved()],
        running=await oversight.running(_SHOWN),
        waiting=await oversight.waiting(_SHOWN),
        failed=await oversight.failed_lately(_FAILED_SHOWN),
        told=TOLD.get(told, ""),
        went_wrong=told == "moved-on",
        recipe_names=RECIPE_NAMES,
        state_names=STATE_NAMES,
        why=_why,
    )


def _why(kind: str | None) -> str:
    """What a kind of error is to people; empty where the worker's own words say more."""
    return sentence_of(kind, 0) if kind and is_told_exactly(kind) else ""


@router.post("/{name}/pause")
async def pause(name: str, use: Use, admin: Administers, address: Address) -> Response:
    """Let no job of the queue begin."""
    await use.queues.pause(name)
    await use.audit.tell(Deed("queue.paused", admin, address, "queue", name))
    return see_other(f"{QUEUE}?told=paused")


@router.post("/{name}/resume")
async def resume(name: str, use: Use, admin: Administers, address: Address) -> Response:
    """Let the queue's jobs begin again."""
    await use.queues.resume(name)
    await use.audit.tell(Deed("queue.resumed", admin, address, "queue", name))
    return see_other(f"{QUEUE}?told=resumed")


class Deeds(BaseModel):
    """What is to be done with which job."""

    one: Annotated[str, Field(pattern=r"^(cancel|requeue|retry) [0-9a-f-]{36}$")]


@router.post("/jobs")
async def do_with_job(
    form: Annotated[Deeds, Form()], use: Use, admin: Administers, address: Address
) -> Response:
    """Cancel a job, take it from a worker that hangs, or try again one that failed."""
    deed, _space, job = form.one.partition(" ")
    job_id = UUID(job)
    try:
        action, project = await _did(use, deed, job_id)
    except (Conflict, NotFound):
        return see_other(f"{QUEUE}?told=moved-on")
    await use.audit.tell(Deed(action, admin, address, "job", job_id, project))
    return see_other(f"{QUEUE}?told={deed}")


async def _did(use: Services, deed: str, job_id: UUID) -> tuple[str, UUID]:
    """The action for the trail, and the project whose job it is."""
    if deed == "requeue":
        return "job.requeued", (await use.administration.oversight.put_back(job_id)).project_id
    project = await use.holdings.of_job(job_id)
    if project is None:
        raise NotFound(f"There is no job {job_id}.")
    if deed == "cancel":
        await use.jobs.cancel(project, job_id)
        return "job.cancelled", project
    await use.jobs.retry(project, job_id)
    return "job.retried", project
