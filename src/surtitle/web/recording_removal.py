"""Deleting a job from its page and, where that is wanted, its text and its recording."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel

from surtitle.api.access import READS, DeletesInProject
from surtitle.api.auditing import Auditing, Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.errors import Conflict, NotFound
from surtitle.jobs.service import JobDetail
from surtitle.web.forms import FORM_TOKEN, HOME, see_other
from surtitle.web.pages import page
from surtitle.web.recording_page import address_of

router = APIRouter(dependencies=[FORM_TOKEN, READS])

Delete = Callable[[UUID, UUID], Awaitable[None]]
"""Of something in a project, both by their ids."""


class Removal(BaseModel):
    """What goes with the job."""

    recording: bool = False
    text: bool = False


@router.get("/recordings/{job_id}/delete")
async def ask_removal(job_id: UUID, request: Request, use: Use, project: DeletesInProject) -> Response:
    """The question before anything is deleted."""
    detail = await use.jobs.get(project, job_id)
    names = await use.jobs.names([detail.job])
    return await page(
        request,
        "recording_delete.html",
        name=names.get(job_id) or str(job_id),
        here=address_of(job_id),
        has_recording=detail.job.media_id is not None,
        has_text=detail.newest_revision is not None,
        stays=(),
    )


@router.post("/recordings/{job_id}/delete", dependencies=[audited("job.deleted", "job")])
async def remove(
    form: Annotated[Removal, Form()], job_id: UUID, request: Request, use: Use, project: DeletesInProject
) -> Response:
    """Delete the job and what is to go with it. What others still use stays, and is told."""
    detail = await use.jobs.get(project, job_id)
    await use.jobs.delete(project, job_id)
    auditing: Auditing = request.app.state.auditing
    stays = []
    for kind, object_id, delete in _further(use, detail, form):
        try:
            await delete(project, object_id)
        except Conflict:
            stays.append(kind)
        except NotFound:
            # It went with the job: nobody had edited it.
            continue
        else:
            await auditing.tell(request, f"{kind}.deleted", kind, Noted(object_id))
    if stays:
        return await page(request, "recording_delete.html", name=detail.text_name or "", stays=tuple(stays))
    return see_other(f"{HOME}/jobs?done=1")


def _further(use: Services, detail: JobDetail, form: Removal) -> list[tuple[str, UUID, Delete]]:
    job = detail.job
    found: list[tuple[str, UUID, Delete]] = []
    if form.text and job.transcript_id is not None and detail.newest_revision is not None:
        found.append(("transcript", job.transcript_id, use.transcripts.delete))
    if form.recording and job.media_id is not None:
        found.append(("recording", job.media_id, use.media.delete))
    return found
