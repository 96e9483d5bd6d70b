"""`/app/recordings/{job_id}`: a job and what came of it: the recording, its text, its files."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from surtitle.api.access import ReadsProject
from surtitle.api.auditing import audited
from surtitle.api.dependencies import Use
from surtitle.api.services import Services
from surtitle.db.models import Media
from surtitle.domain.jobs import JobState
from surtitle.domain.recipes import FILM
from surtitle.domain.transcript import Transcript
from surtitle.errors import Conflict, NotFound
from surtitle.jobs.service import JobDetail
from surtitle.pipelines.result_files import FILM_FILES, formats_of, kept_file
from surtitle.web.catalogues import mark as _
from surtitle.web.job_rows import JobRow
from surtitle.web.pages import page
from surtitle.web.told_transcript import turns_of

router = APIRouter()

FORMAT_NAMES = {
    "txt": _("Text"),
    "docx": _("Word document"),
    "md": _("Markdown"),
    "srt": _("Subtitles (SRT)"),
    "vtt": _("Subtitles (WebVTT)"),
    "ass": _("Subtitles (ASS)"),
    "tsv": _("Table of phrases"),
    "json": _("Everything, for programs (JSON)"),
    "rttm": _("Turns of speakers (RTTM)"),
    "mp4": _("Video (MP4)"),
    "mkv": _("Video (Matroska)"),
    "jpg": _("Picture"),
    "gif": _("Moving preview"),
}


@dataclass(frozen=True, slots=True)
class Player:
    """What is played, and the address of its captions; empty where there are none."""

    is_video: bool
    address: str
    captions: str
    language: str


@router.get("/recordings/{job_id}", dependencies=[audited("transcript.read", "job")])
async def show_recording(job_id: UUID, request: Request, use: Use, project: ReadsProject) -> Response:
    """The recording with its text, as far as it has come."""
    detail = await use.jobs.get(project, job_id)
    names = await use.jobs.names([detail.job])
    transcript = await _text(use, project, detail)
    row = JobRow.of(detail.job, names.get(job_id))
    return await page(
        request,
        "recording.html",
        row=row,
        detail=detail,
        player=_player(detail, await _recording(use, detail), transcript),
        turns=list(turns_of(transcript)) if transcript else [],
        language=(transcript.language if transcript else None) or "",
        files=_files(detail) if row.state is JobState.SUCCEEDED else [],
        # What the page shows already is not told again.
        told_until=detail.job.last_event if transcript else 0,
        live=not row.state.finished,
        warnings=[str(warning.get("detail", "")) for warning in detail.job.warnings],
        is_film=detail.job.recipe == FILM,
    )


async def _text(use: Services, project: UUID, detail: JobDetail) -> Transcript | None:
    """The newest text; None before there is any, and of films."""
    job = detail.job
    try:
        if detail.newest_revision is not None and job.transcript_id is not None:
            return (await use.transcripts.text(project, job.transcript_id)).transcript
        return await use.results.transcript(project, job.id)
    except (Conflict, NotFound):
        return None


async def _recording(use: Services, detail: JobDetail) -> Media | None:
    if detail.job.media_id is None:
        return None
    try:
        return await use.media.get(detail.job.project_id, detail.job.media_id)
    except NotFound:
        # It was erased, and its text has outlived it.
        return None


def _player(detail: JobDetail, media: Media | None, transcript: Transcript | None) -> Player | None:
    result = f"/api/jobs/{detail.job.id}/result"
    if detail.job.recipe == FILM:
        ready = kept_file(detail, FILM_FILES["mp4"]) is not None
        return Player(True, f"{result}?format=mp4", "", "") if ready else None
    if media is None or not media.content_type.startswith(("audio/", "video/")):
        return None
    language = (transcript.language if transcript else None) or "und"
    captions = f"{result}?format=vtt" if transcript is not None else ""
    address = f"/api/media/{media.id}/content"
    return Player(media.content_type.startswith("video/"), address, captions, language)


def _files(detail: JobDetail) -> list[dict[str, Any]]:
    """What can be taken away, the recipe's own first."""
    here = f"/api/jobs/{detail.job.id}/result"
    without_speakers = detail.job.recipe != "meeting"
    return [
        {"name": FORMAT_NAMES.get(one, one), "address": f"{here}?format={one}", "ending": one}
        for one in formats_of(detail)
        # Turns are known of recordings whose speakers were told apart.
        if not (one == "rttm" and without_speakers)
    ]
