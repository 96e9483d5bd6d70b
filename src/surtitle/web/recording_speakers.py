"""Who speaks in a recording: other names, two who are one, and voices to be known in other recordings."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.accounts.access import Principal
from surtitle.api.access import READS, Caller, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.native.voice_forms import read_fields
from surtitle.api.native.voice_schemas import SpeakerVoiceRequest
from surtitle.api.services import Services
from surtitle.errors import Conflict, Invalid
from surtitle.pipelines.voices.enrolment import NewVoice
from surtitle.pipelines.voices.labelled_turns import SpeakerPlace
from surtitle.transcripts.errors import ImpossibleEdit
from surtitle.transcripts.operations import MergeSpeakers, Operation, RenameSpeaker
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN, see_other
from surtitle.web.recording_page import Told, address_of, recording_page, refused
from surtitle.web.voice_refusals import refusal_of

router = APIRouter(dependencies=[FORM_TOKEN, READS])

_HERE = "/recordings/{job_id}/speakers"

SpeakerName = Annotated[str, Field(max_length=200)]
Edited = Annotated[Noted, audited("transcript.edited", "transcript")]
Enrolled = Annotated[Noted, audited("voice.enrolled", "voice")]

_NAME_TAKEN = _(
    "Somebody is called that already, or nobody has the old name any more. Two can be made one below."
)
_SOUNDS_LIKE = _("This voice sounds like somebody who is known already.")

# Listening to one takes seconds; a person waits for it.
_MEETINGS_AT_ONCE = 5


class Edit(BaseModel):
    """Of the text as the page showed it."""

    transcript: UUID
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]


class Renaming(Edit):
    """Another name for a speaker."""

    speaker: SpeakerName
    name: SpeakerName


class Merging(Edit):
    """Two who are one. The first one's name stays."""

    first: SpeakerName
    other: SpeakerName


class Enrolling(BaseModel):
    """A speaker whose voice is to be known, with what they agreed to."""

    transcript: UUID
    speaker: SpeakerName
    given_by: Annotated[str, Field(max_length=200)] = ""
    purpose: Annotated[str, Field(max_length=2000)] = ""
    alike: bool = False


@dataclass(frozen=True, slots=True)
class _Act:
    """Something about the speakers of a text, and the page afterwards."""

    request: Request
    use: Services
    project: UUID
    job_id: UUID
    author: str
    noted: Noted

    async def revise(self, form: Edit, wish: Operation, done: str, problem: str = "") -> Response:
        """Make a revision of the text that the form was about. `problem`: why it would be impossible."""
        try:
            revision = await self.use.transcripts.revise(
                self.project, form.transcript, form.revision, [wish], self.author
            )
        except (Conflict, Invalid) as error:
            return await refused(
                self.request,
                self.use,
                self.project,
                self.job_id,
                part="speakers",
                typed=form.model_dump(exclude={"transcript", "revision"}),
                error=error,
                problem=problem if isinstance(error, ImpossibleEdit) else "",
            )
        self.noted.object_id = revision.transcript_id
        return see_other(f"{address_of(self.job_id)}?done={done}#speakers")


async def _act(
    *, job_id: UUID, request: Request, use: Use, project: WritesProject, caller: Caller, noted: Edited
) -> _Act:
    return _Act(request, use, project, job_id, caller.name, noted)


Acting = Annotated[_Act, Depends(_act)]


@router.post(f"{_HERE}/rename")
async def rename_speaker(form: Annotated[Renaming, Form()], act: Acting) -> Response:
    """Call a speaker otherwise, wherever they speak."""
    wish = RenameSpeaker(op="rename_speaker", speaker=form.speaker, name=form.name)
    return await act.revise(form, wish, "renamed", _NAME_TAKEN)


@router.post(f"{_HERE}/merge")
async def merge_speakers(form: Annotated[Merging, Form()], act: Acting) -> Response:
    """Make one speaker of two: a person who was taken for another."""
    wish = MergeSpeakers(op="merge_speakers", speakers=(form.first, form.other), name=form.first)
    return await act.revise(form, wish, "merged")


@router.post(f"{_HERE}/enrol")
async def enrol_speaker(
    *,
    form: Annotated[Enrolling, Form()],
    job_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Enrolled,
) -> Response:
    """Know a named speaker by voice from now on, with their consent."""
    try:
        noted.object_id = await _enrolled(use, project, form, caller)
    except (Conflict, Invalid) as error:
        return await _not_learned(request, use, (project, job_id), form, error)
    told = urlencode({"done": "known", "voice": noted.object_id})
    return see_other(f"{address_of(job_id)}?{told}#speakers")


@router.post(
    "/recordings/{job_id}/voices/{voice_id}/past", dependencies=[audited("voice.named-in-past", "voice")]
)
async def name_past_meetings(
    *,
    job_id: UUID,
    voice_id: UUID,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    cursor: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Listen to some past meetings for this voice, and put its name where it is found."""
    try:
        done = await use.voices.naming.name_past(
            project, voice_id, cursor or None, _MEETINGS_AT_ONCE, caller.name
        )
    except (Conflict, Invalid) as error:
        return await refused(request, use, project, job_id, part="speakers", error=error)
    told = {"done": "looked", "voice": voice_id, "looked": done.looked_at, "named": len(done.named)}
    following = {"cursor": done.next_cursor} if done.next_cursor else {}
    return see_other(f"{address_of(job_id)}?{urlencode(told | following)}#speakers")


async def _not_learned(
    request: Request, use: Services, where: tuple[UUID, UUID], form: Enrolling, error: Conflict | Invalid
) -> Response:
    """The page again: `where` is its project and its job."""
    project, job_id = where
    why = await refusal_of(use, project, error)
    told = Told(
        "speakers",
        problem=why.sentence or _SOUNDS_LIKE,
        detail=why.detail,
        typed=form.model_dump(mode="json"),
        facts={"known_id": why.known_id, "known_name": why.known_name, "may_insist": why.may_insist},
        status=why.status,
    )
    return await recording_page(request, use, project, job_id, told)


async def _enrolled(use: Services, project: UUID, form: Enrolling, caller: Principal) -> UUID:
    consent = {"given_by": form.given_by, "purpose": form.purpose}
    fields = {"transcript_id": form.transcript, "speaker": form.speaker, "name": form.speaker}
    wish = read_fields(SpeakerVoiceRequest, {**fields, "consent": consent})
    new = NewVoice(wish.name, wish.consent.agreement, caller.user_id, alike=form.alike)
    place = SpeakerPlace(wish.transcript_id, wish.speaker)
    return (await use.voices.enrolment.enrol_speaker(project, new, place)).voice.id
