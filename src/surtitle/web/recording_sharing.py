"""Giving a file of a recording to others: a signed link, shown once, that works until a moment."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.links import MOST_SECONDS, SignedLink
from surtitle.api.access import ReadsProject
from surtitle.api.auditing import Auditing, Noted
from surtitle.api.client_address import public_base
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.errors import NotFound
from surtitle.media.errors import MediaNotFound
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.recording_page import Told, recording_page, refused
from surtitle.web.result_choices import RECORDING

router = APIRouter(dependencies=[FORM_TOKEN])


class Wish(BaseModel):
    """Which file, and for how long."""

    file: Annotated[str, Field(max_length=255)]
    seconds: Annotated[int, Field(ge=1, le=MOST_SECONDS)] = 24 * 3600


@router.post("/recordings/{job_id}/links")
async def share(
    form: Annotated[Wish, Form()], job_id: UUID, request: Request, use: Use, project: ReadsProject
) -> Response:
    """Make a link, and show it: it is kept nowhere."""
    try:
        link = await _link(request, use, project, job_id, form)
    except NotFound as error:
        return await refused(
            request, use, project, job_id, part="share", typed=form.model_dump(mode="json"), error=error
        )
    facts: dict[str, Any] = {"link": public_base(request) + link.path, "until": link.expires_at}
    told = Told("share", typed=form.model_dump(mode="json"), facts=facts)
    return await recording_page(request, use, project, job_id, told)


async def _link(request: Request, use: Services, project: UUID, job_id: UUID, wish: Wish) -> SignedLink:
    auditing: Auditing = request.app.state.auditing
    if wish.file != RECORDING:
        artifact = await use.jobs.artifact(project, job_id, wish.file)
        detail = {"name": artifact.name, "seconds": wish.seconds}
        await auditing.tell(request, "link.created", "job", Noted(job_id, detail))
        return use.links.sign(artifact.id, artifact.name, wish.seconds)
    media_id = (await use.jobs.get(project, job_id)).job.media_id
    if media_id is None:
        raise MediaNotFound(job_id)
    media = await use.media.get(project, media_id)
    await auditing.tell(request, "link.created", "recording", Noted(media.id, {"seconds": wish.seconds}))
    return use.links.sign(media.id, media.name, wish.seconds)
