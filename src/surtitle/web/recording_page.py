"""The page of a job: what it shows, gathered from the services, and what it says of a form just sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from surtitle.accounts.access import Permission, rights
from surtitle.api.access import caller_of
from surtitle.api.auditing import Auditing, Noted
from surtitle.api.services import Services
from surtitle.db.models import Media
from surtitle.domain.transcript import Transcript
from surtitle.errors import Conflict, Invalid, NotFound
from surtitle.jobs.service import JobDetail
from surtitle.web.film_part import film_part
from surtitle.web.forms import HOME
from surtitle.web.job_rows import JobRow
from surtitle.web.pages import page
from surtitle.web.result_choices import LASTS, downloads_of, shareable
from surtitle.web.sentences import Refusal
from surtitle.web.told_minutes import ShownMinutes, shown_minutes
from surtitle.web.told_speakers import speakers_of
from surtitle.web.told_steps import steps_of
from surtitle.web.told_transcript import ANY_DOUBT, DOUBTS, doubts_in, is_long, stretches_of

NOTHING_TYPED: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """What the page says of a form, beside it. `part`: which one. Sentences are to be translated."""

    part: str = ""
    done: str = ""
    problem: str = ""
    detail: str = ""
    """What the service says in its own English, where it says more than `problem`."""
    typed: Mapping[str, Any] = field(default_factory=dict)
    """What stood in the form that was refused."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class ShownText:
    """The text of a job. `id` and `revision` only of one that the job made and that can be edited."""

    transcript: Transcript
    id: UUID | None = None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Player:
    """What is played, and the address of its captions; empty where there are none."""

    is_video: bool
    address: str
    captions: str
    language: str
    waveform: str
    """Where the picture of its sound is; empty where there is none."""


def address_of(job_id: UUID) -> str:
    return f"{HOME}/recordings/{job_id}"


async def recording_page(
    request: Request, use: Services, project: UUID, job_id: UUID, told: Told | None = None
) -> Response:
    """The recording with its text, as far as it has come."""
    detail = await use.jobs.get(project, job_id)
    names = await use.jobs.names([detail.job])
    text = await shown_text(use, project, detail)
    media = await _recording(use, detail)
    row = JobRow.of(detail.job, names.get(job_id), await caller_of(request))
    return await page(
        request,
        "recording.html",
        status=told.status if told else 200,
        row=row,
        detail=detail,
        told=told or Told(),
        player=_player(detail, media, text),
        text=text,
        # What the page shows already is not told again.
        told_until=detail.job.last_event if text else 0,
        live=not row.state.finished,
        film=await film_part(use, detail),
        minutes=await _minutes(request, use, project, detail),
        steps=steps_of(detail),
        warnings=[str(one.get("detail", "")) for one in detail.job.warnings if "step" not in one],
        tags=await use.search.tags.of(project, text.id) if text and text.id else [],
        **_said(text, job_id),
        **_files(detail, media),
        **await _rights(request, use, project),
    )


async def refused(
    request: Request,
    use: Services,
    project: UUID,
    job_id: UUID,
    *,
    part: str,
    error: Conflict | Invalid | NotFound,
    typed: Mapping[str, Any] = NOTHING_TYPED,
    problem: str = "",
) -> Response:
    """The page again, with what went wrong beside the form of that part, and what was typed in it.

    `problem`: a better sentence than the error's own.
    """
    refusal = Refusal.of(error)
    told = Told(
        part,
        problem=problem or refusal.sentence,
        detail="" if problem else refusal.detail,
        typed=typed,
        status=refusal.status,
    )
    return await recording_page(request, use, project, job_id, told)


async def shown_text(use: Services, project: UUID, detail: JobDetail) -> ShownText | None:
    """The newest text; None before there is any, and of films."""
    job = detail.job
    try:
        if detail.newest_revision is not None and job.transcript_id is not None:
            found = await use.transcripts.text(project, job.transcript_id)
            return ShownText(found.transcript, job.transcript_id, found.number)
        return ShownText(await use.results.transcript(project, job.id))
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


async def _minutes(request: Request, use: Services, project: UUID, detail: JobDetail) -> ShownMinutes | None:
    try:
        found = shown_minutes(await use.results.minutes(project, detail.job.id))
    except (Conflict, NotFound):
        return None
    auditing: Auditing = request.app.state.auditing
    await auditing.tell(request, "minutes.seen", "job", Noted(detail.job.id))
    return found


def _player(detail: JobDetail, media: Media | None, text: ShownText | None) -> Player | None:
    if media is None or not media.content_type.startswith(("audio/", "video/")):
        return None
    language = (text.transcript.written_language if text else None) or "und"
    # Made of the newest text, edits and all, and never sent by an object store, from which no track is taken.
    captions = f"/api/transcripts/{text.id}/export?format=vtt" if text and text.id else ""
    content = f"/api/media/{media.id}/content"
    waveform = f"{address_of(detail.job.id)}/waveform"
    return Player(media.content_type.startswith("video/"), content, captions, language, waveform)


def _said(text: ShownText | None, job_id: UUID) -> dict[str, Any]:
    transcript = text.transcript if text else None
    return {
        "word_times": f"{address_of(job_id)}/word-times" if transcript and is_long(transcript) else "",
        "stretches": list(stretches_of(transcript)) if transcript else [],
        "speakers": speakers_of(transcript) if transcript else [],
        "doubts": doubts_in(transcript) if transcript else 0,
        "language": (transcript.written_language if transcript else None) or "",
        "reasons": {**DOUBTS, "": ANY_DOUBT},
    }


def _files(detail: JobDetail, media: Media | None) -> dict[str, Any]:
    return {
        "files": downloads_of(detail) if detail.has_succeeded else [],
        "shareable": shareable(detail, media) if detail.has_succeeded else [],
        "lasts": LASTS,
    }


async def _rights(request: Request, use: Services, project: UUID) -> dict[str, Any]:
    """What the caller may do in the recording's project, which need not be the one where they work."""
    caller = await caller_of(request)
    held = rights(caller, project)
    seen = None if use.settings.server.auth == "personal" else await use.people.projects.get(caller, project)
    return {
        "may_write": Permission.WRITE in held,
        "may_delete": Permission.DELETE in held,
        "project": seen.project.name if seen else "",
    }
