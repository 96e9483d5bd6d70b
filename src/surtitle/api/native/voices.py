"""`/api/voices`: people whose voices the project knows, enrolled with their consent, erased whole."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from surtitle.api.access import Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, Limit, Use
from surtitle.api.native.voice_forms import (
    CONSENT,
    ClipFields,
    NoFields,
    VoiceFields,
    read_fields,
    received_clip,
    with_consent,
)
from surtitle.api.native.voice_schemas import (
    NamingDocument,
    RecognitionDocument,
    SpeakerRequest,
    SpeakerVoiceRequest,
    VoiceDocument,
    VoiceErasureDocument,
    VoicePage,
    VoiceRequest,
)
from surtitle.api.openapi import multipart_upload, problems
from surtitle.pipelines.voices.enrolment import NewVoice
from surtitle.pipelines.voices.labelled_turns import SpeakerPlace

router = APIRouter(tags=["voices"])

_ONE = "/api/voices/{voice_id:uuid}"
_ADDED = audited("voice.clip-added", "voice")
_ALIKE: dict[str, Any] = {"type": "boolean", "description": "Never mind what it sounds like."}

MeetingLimit = Annotated[int, Query(ge=1, le=20, description="Past meetings to listen to.")]


@router.post(
    "/api/voices",
    status_code=201,
    responses=problems(404, 409),
    openapi_extra=multipart_upload(
        name={"type": "string", "description": "Whose voice it is.", "maxLength": 120},
        **CONSENT,
        own={"type": "boolean", "description": "It is the caller's own voice."},
        alike=_ALIKE,
    ),
)
async def enrol_voice(
    *,
    request: Request,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("voice.enrolled", "voice")],
) -> VoiceDocument:
    """Know a person by a clip of their voice (`file`), with their consent. The clip is not kept."""
    async with received_clip(request, use) as form:
        fields = read_fields(VoiceFields, with_consent(form.fields))
        new = NewVoice(
            fields.name, fields.consent.agreement, caller.user_id, own=fields.own, alike=fields.alike
        )
        detail = await use.voices.enrolment.enrol(project, new, *form.result)
    noted.object_id = detail.voice.id
    response.headers["Location"] = f"/api/voices/{detail.voice.id}"
    return VoiceDocument.of(detail)


@router.post("/api/voices/from-speaker", status_code=201, responses=problems(404, 409))
async def enrol_speaker(
    *,
    wish: SpeakerVoiceRequest,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("voice.enrolled", "voice")],
) -> VoiceDocument:
    """Know a person by what a labelled speaker of a transcript says, with their consent."""
    new = NewVoice(wish.name, wish.consent.agreement, caller.user_id, own=wish.own, alike=wish.alike)
    place = SpeakerPlace(wish.transcript_id, wish.speaker)
    detail = await use.voices.enrolment.enrol_speaker(project, new, place)
    noted.object_id = detail.voice.id
    response.headers["Location"] = f"/api/voices/{detail.voice.id}"
    return VoiceDocument.of(detail)


@router.post("/api/voices/recognise", responses=problems(403), openapi_extra=multipart_upload())
async def recognise_voice(
    request: Request,
    use: Use,
    project: WritesProject,
    noted: Annotated[Noted, audited("voice.recognised", "project")],
) -> RecognitionDocument:
    """Whose voice a clip (`file`) is taken for, and how like it is to the known ones. Nothing is kept."""
    noted.object_id = project
    async with received_clip(request, use) as form:
        read_fields(NoFields, dict(form.fields))
        return RecognitionDocument.of(await use.voices.recognition.whose(project, *form.result))


@router.get("/api/voices")
async def list_voices(use: Use, project: ReadsProject, cursor: Cursor = None, limit: Limit = 50) -> VoicePage:
    """Voices, in the order in which they were enrolled."""
    return VoicePage.of(await use.voices.service.list(project, cursor, limit))


@router.get(_ONE, responses=problems(404))
async def show_voice(voice_id: UUID, use: Use, project: ReadsProject) -> VoiceDocument:
    """One voice with its consents and what its clips taught."""
    return VoiceDocument.of(await use.voices.service.get(project, voice_id))


@router.patch(_ONE, dependencies=[audited("voice.changed", "voice")], responses=problems(404, 409))
async def change_voice(
    voice_id: UUID, wish: VoiceRequest, use: Use, project: WritesProject, caller: Caller
) -> VoiceDocument:
    """Another name, a new consent, or both. Past meetings keep the old name: see `/name-past-meetings`."""
    agreement = wish.consent.agreement if wish.consent else None
    return VoiceDocument.of(
        await use.voices.service.change(
            project, voice_id, name=wish.name, agreement=agreement, by=caller.user_id
        )
    )


@router.delete(
    _ONE,
    dependencies=[audited("voice.erased", "voice")],
    responses={
        202: {"description": "Begun; the rest goes when the meetings under way have ended.",
              "model": VoiceErasureDocument},
        **problems(404),
    },
)  # fmt: skip
async def erase_voice(
    voice_id: UUID, response: Response, use: Use, project: DeletesInProject
) -> VoiceErasureDocument:
    """Erase a voice: how it sounds, its consents, and its name in every meeting that it was found in."""
    done = await use.voices.erasing.erase(project, voice_id)
    response.status_code = 200 if done.finished else 202
    return VoiceErasureDocument.of(done)


@router.post(
    f"{_ONE}/clips",
    status_code=201,
    dependencies=[_ADDED],
    responses=problems(404, 409),
    openapi_extra=multipart_upload(alike=_ALIKE),
)
async def add_clip(voice_id: UUID, request: Request, use: Use, project: WritesProject) -> VoiceDocument:
    """One more clip of a person: the more, the surer. The same clip twice is one."""
    # Before the form is read: what is another's is not found, whatever is sent.
    await use.voices.service.get(project, voice_id)
    async with received_clip(request, use) as form:
        alike = read_fields(ClipFields, dict(form.fields)).alike
        detail = await use.voices.enrolment.add_clip(project, voice_id, *form.result, alike=alike)
    return VoiceDocument.of(detail)


@router.post(
    f"{_ONE}/clips/from-speaker", status_code=201, dependencies=[_ADDED], responses=problems(404, 409)
)
async def add_speaker(
    voice_id: UUID, wish: SpeakerRequest, use: Use, project: WritesProject
) -> VoiceDocument:
    """One more clip of a person, of a labelled speaker of a transcript."""
    place = SpeakerPlace(wish.transcript_id, wish.speaker)
    return VoiceDocument.of(
        await use.voices.enrolment.add_speaker(project, voice_id, place, alike=wish.alike)
    )


@router.delete(
    f"{_ONE}/clips/{{clip_id:uuid}}",
    dependencies=[audited("voice.clip-removed", "voice")],
    responses=problems(404, 409),
)
async def remove_clip(voice_id: UUID, clip_id: UUID, use: Use, project: DeletesInProject) -> VoiceDocument:
    """Forget what one clip taught."""
    return VoiceDocument.of(await use.voices.service.remove_clip(project, voice_id, clip_id))


@router.get(
    f"{_ONE}/clips/{{clip_id:uuid}}/sound",
    dependencies=[audited("voice.clip-heard", "voice")],
    response_class=Response,
    responses={200: {"content": {"audio/wav": {}}, "description": "16 kHz, a minute at most."},
               **problems(404, 409)},
)  # fmt: skip
async def hear_clip(voice_id: UUID, clip_id: UUID, use: Use, project: ReadsProject) -> Response:
    """What the clip was learned from, if it was a labelled speaker. Of a file no sound is kept."""
    sound = await use.voices.sounds.sound(project, voice_id, clip_id)
    return Response(sound, media_type="audio/wav")


@router.post(
    f"{_ONE}/name-past-meetings",
    dependencies=[audited("voice.named-in-past", "voice")],
    responses=problems(404, 409),
)
async def name_past_meetings(
    *,
    voice_id: UUID,
    use: Use,
    project: WritesProject,
    caller: Caller,
    cursor: Cursor = None,
    limit: MeetingLimit = 5,
) -> NamingDocument:
    """Listen to past meetings for this voice, and put its name where it is found; each is a revision."""
    return NamingDocument.of(await use.voices.naming.name_past(project, voice_id, cursor, limit, caller.name))
