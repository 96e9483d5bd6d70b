"""The page of the editor: what it shows, gathered from the services, and what it says of a form just sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from surtitle.api.access import caller_of
from surtitle.api.services import Services
from surtitle.db.models import Media
from surtitle.domain.options import SubtitleOptions
from surtitle.errors import NotFound
from surtitle.ids import new_id
from surtitle.jobs.service import JobDetail
from surtitle.media.probe import Probe
from surtitle.transcripts.creation import BY_JOBS
from surtitle.transcripts.service import RevisionText
from surtitle.web.catalogues import mark as _
from surtitle.web.cue_rows import cues_of, limits_of
from surtitle.web.forms import see_other
from surtitle.web.pages import page
from surtitle.web.recording_page import address_of
from surtitle.web.revision_authors import Author, authors_in
from surtitle.web.told_speakers import speakers_of

DOWNLOADS = {
    "srt": _("Subtitles (SRT)"),
    "vtt": _("Subtitles (WebVTT)"),
    "txt": _("Text"),
    "docx": _("Word document"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says of a form. `problem` is to be translated, `detail` the service's own English."""

    problem: str = ""
    detail: str = ""
    status: int = 200
    done: str = ""
    """To be translated too."""
    cue: str = ""
    """The one whose form is open."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """What stood in the form that was refused."""


@dataclass(frozen=True, slots=True)
class Edited:
    """A job and its text, as the newest revision has it."""

    detail: JobDetail
    text: RevisionText

    @property
    def address(self) -> str:
        return f"{address_of(self.detail.job.id)}/edit"

    @property
    def export(self) -> str:
        """Where the text is had in the format that is named after this."""
        stored, job = self.text.stored, self.detail.job
        # A job that was made from the text has subtitles of its own shape.
        whose = "" if stored.job_id == job.id else f"job={job.id}&"
        return f"/api/transcripts/{stored.id}/export?{whose}format="


async def edited(use: Services, project: UUID, job_id: UUID) -> Edited | None:
    """None before the job has a text. Raises `JobNotFound`, `TranscriptNotFound`."""
    detail = await use.jobs.get(project, job_id)
    if detail.job.transcript_id is None:
        return None
    return Edited(detail, await use.transcripts.text(project, detail.job.transcript_id))


async def require_edited(use: Services, project: UUID, job_id: UUID) -> Edited:
    """Raises `NotFound` where there is no text."""
    found = await edited(use, project, job_id)
    if found is None:
        raise NotFound(f"Job {job_id} has no text yet.")
    return found


async def editor_page(
    request: Request, use: Services, project: UUID, job_id: UUID, said: Said | None = None
) -> Response:
    """The editor; before there is a text, the recording's own page."""
    found = await edited(use, project, job_id)
    if found is None:
        return see_other(address_of(job_id))
    said = said or Said()
    detail, transcript = found.detail, found.text.transcript
    media = await _recording(use, project, found.text)
    names = await use.jobs.names([detail.job])
    return await page(
        request,
        "editor.html",
        status=said.status,
        said=said,
        name=names.get(job_id) or found.text.stored.name,
        recording=address_of(job_id),
        here=found.address,
        transcript_id=found.text.stored.id,
        revision=found.text.number,
        author=await _other_author(request, use, project, found.text),
        language=transcript.written_language or "",
        duration_ms=round(transcript.duration_seconds * 1000),
        cues=cues_of(transcript),
        speakers=speakers_of(transcript),
        limits=limits_of(_subtitle_options(detail)),
        export=found.export,
        downloads=DOWNLOADS,
        key=new_id(),
        **_sound(media),
    )


async def _other_author(request: Request, use: Services, project: UUID, text: RevisionText) -> Author:
    """Who made the newest edit, if it was somebody else; one who is nobody where it was not."""
    listed = await use.transcripts.revisions(project, text.stored.id, None, 1)
    newest = next((one for one in listed.items if one.number == text.number), None)
    caller = await caller_of(request)
    # With the first revision a text begins: it cannot be taken back.
    if newest is None or newest.number == 1 or newest.kind in BY_JOBS or newest.author == caller.name:
        return Author()
    return (await authors_in(use, project, caller)).of(newest)


def _sound(media: Media | None) -> dict[str, Any]:
    """What is played, if anything is here."""
    if media is None or not media.content_type.startswith(("audio/", "video/")):
        return {"player": "", "peaks": "", "is_video": False}
    here = f"/api/media/{media.id}"
    pictured = Probe.model_validate(media.probe).video is not None
    return {"player": f"{here}/content", "peaks": f"{here}/peaks", "is_video": pictured}


async def _recording(use: Services, project: UUID, text: RevisionText) -> Media | None:
    if text.stored.media_id is None:
        return None
    try:
        return await use.media.get(project, text.stored.media_id)
    except NotFound:
        # It was erased, and its text has outlived it.
        return None


def _subtitle_options(detail: JobDetail) -> SubtitleOptions:
    """Those that the job's own subtitles were made with."""
    return SubtitleOptions.model_validate(detail.job.options.get("subtitles", {}))
