"""`/app/recordings/{job_id}`: a job and what came of it: the recording, its text, its files."""

import asyncio
from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from surtitle.api.access import READS, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.errors import Conflict, Invalid, NotFound
from surtitle.media.errors import MediaNotFound
from surtitle.pipelines.search.tags import MOST_TAGS, TAG_CHARACTERS
from surtitle.transcripts.errors import TranscriptNotFound
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other
from surtitle.web.recording_page import Told, address_of, recording_page, refused, shown_text
from surtitle.web.told_transcript import times_of
from surtitle.web.waveforms import coarse_waveform

router = APIRouter(dependencies=[FORM_TOKEN, READS])

DONE = {
    "renamed": Told("speakers", done=_("The name is changed, in the subtitles and the minutes too.")),
    "merged": Told("speakers", done=_("The two are one now.")),
    "known": Told("speakers", done=_("The voice is known from now on.")),
    "looked": Told("speakers", done=_("Past meetings were listened to.")),
    "tagged": Told("tags", done=_("The tags are kept.")),
}
"""What the page says after a form that was sent just before; its address says which."""

_DAY_SECONDS = 86400
_MOST_TAG_CHARACTERS = MOST_TAGS * (TAG_CHARACTERS + 2)


class After(BaseModel):
    """Of a form that was sent just before, as the address tells it."""

    done: Literal["", "renamed", "merged", "known", "looked", "tagged"] = ""
    voice: UUID | None = None
    looked: Annotated[int, Field(ge=0, le=100)] = 0
    named: Annotated[int, Field(ge=0, le=100)] = 0
    cursor: Annotated[str, Field(max_length=200)] = ""


@router.get("/recordings/{job_id}", dependencies=[audited("transcript.read", "job")])
async def show_recording(
    job_id: UUID, request: Request, use: Use, project: ReadsProject, after: Annotated[After, Query()]
) -> Response:
    """The recording with its text, as far as it has come."""
    return await recording_page(request, use, project, job_id, await _told(use, project, after))


async def _told(use: Services, project: UUID, after: After) -> Told | None:
    told = DONE.get(after.done)
    if told is None or after.voice is None:
        return told
    try:
        voice = (await use.voices.service.get(project, after.voice)).voice
    except NotFound:
        return told
    facts = {"voice": voice.id, "voice_name": voice.name, **after.model_dump(include=_PAST)}
    return replace(told, facts=facts)


_PAST = {"done", "looked", "named", "cursor"}


@router.get("/recordings/{job_id}/links")
@router.get("/recordings/{job_id}/tags")
@router.get("/recordings/{job_id}/speakers/{deed}")
@router.get("/recordings/{job_id}/steps/{name}/retry")
@router.get("/recordings/{job_id}/voices/{voice_id}/past")
async def back_to_recording(job_id: UUID, _project: ReadsProject) -> Response:
    """Where a form went there is nothing to look at: whoever comes back to its address is led home."""
    return see_other(address_of(job_id))


@router.get("/recordings/{job_id}/waveform")
async def show_waveform(job_id: UUID, use: Use, project: ReadsProject) -> Response:
    """The sound of the recording as a picture is drawn of it: a few hundred numbers, however long it is."""
    detail = await use.jobs.get(project, job_id)
    if detail.job.media_id is None:
        raise MediaNotFound(job_id)
    peaks = await use.media.peaks(await use.media.get(project, detail.job.media_id))
    picture = await asyncio.to_thread(coarse_waveform, peaks)
    kept = {"Cache-Control": f"private, max-age={_DAY_SECONDS}"}
    return Response(picture, media_type="application/json", headers=kept)


@router.get("/recordings/{job_id}/word-times")
async def show_word_times(job_id: UUID, use: Use, project: ReadsProject) -> Response:
    """When each phrase begins and each word is said: of a long text this weighs as much as the page."""
    text = await shown_text(use, project, await use.jobs.get(project, job_id))
    starts, phrases = times_of(text.transcript) if text else ([], [])
    return JSONResponse({"revision": text.revision if text else 0, "starts": starts, "phrases": phrases})


@router.post("/recordings/{job_id}/tags")
async def file_under(
    *,
    job_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    noted: Annotated[Noted, audited("transcript.tagged", "transcript")],
    tags: Annotated[str, Form(max_length=_MOST_TAG_CHARACTERS)] = "",
) -> Response:
    """Make these, parted by commas, the whole list of the transcript's tags."""
    detail = await use.jobs.get(project, job_id)
    if detail.newest_revision is None or detail.job.transcript_id is None:
        raise TranscriptNotFound(job_id)
    wanted = [tag for one in tags.split(",") if (tag := one.strip())]
    try:
        await use.search.tags.replace(project, detail.job.transcript_id, wanted[:MOST_TAGS])
    except Invalid as error:
        return await refused(request, use, project, job_id, part="tags", typed={"tags": tags}, error=error)
    noted.object_id = detail.job.transcript_id
    return see_other(f"{address_of(job_id)}?done=tagged#tags")


@router.post("/recordings/{job_id}/steps/{name}/retry", dependencies=[audited("job.retried", "job")])
async def retry_step(job_id: UUID, name: str, request: Request, use: Use, project: WritesProject) -> Response:
    """Do a step again that the job went on without."""
    try:
        await use.jobs.retry_step(project, job_id, name[:64])
    except Conflict as error:
        return await refused(request, use, project, job_id, part="steps", error=error)
    return see_other(address_of(job_id))
