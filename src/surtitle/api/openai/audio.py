"""`/v1/audio/transcriptions` and `/v1/audio/translations`: a recording in, its text out, in one request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from surtitle.api.access import WritesProject, caller_of
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.openai.answers import PlainAnswer, VerboseAnswer, plain_answer, verbose_answer
from surtitle.api.openai.catalogue import Catalogue
from surtitle.api.openai.diarized import DiarizedAnswer, diarized_answer
from surtitle.api.openai.envelope import envelope_response
from surtitle.api.openai.errors import SpeakersNotTold
from surtitle.api.openai.form import (
    AnyForm,
    AudioForm,
    TranscriptionForm,
    TranslationForm,
    form_fields,
    read_form,
)
from surtitle.api.openai.known_speakers import REFERENCES_BYTES
from surtitle.api.openai.streaming import event_stream
from surtitle.api.openai.waiting import while_connected, why_unsuccessful
from surtitle.api.openai.who_speaks import who_said_what
from surtitle.api.openapi import multipart_upload, refusals
from surtitle.api.problems import status_of
from surtitle.api.services import Services
from surtitle.api.uploading import content_length
from surtitle.domain.jobs import JobState
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.awaited import IncomingRecording
from surtitle.media.multipart import FilePart, receive_multipart
from surtitle.pipelines.voices.samples import NamedVoice

router = APIRouter(tags=["openai"])

SURFACE = "openai"

_FILE_FORMATS = {"srt", "vtt"}
_TEXTS = ("text/plain", "application/x-subrip", "text/vtt")
_REFERENCES = "known_speaker_references"
# With and without brackets, as every list may be sent.
_LARGER_FIELDS = {_REFERENCES: REFERENCES_BYTES, f"{_REFERENCES}[]": REFERENCES_BYTES}

Keep = Annotated[
    bool,
    Header(
        alias="X-Surtitle-Keep",
        description="`true`: the job goes on however long nobody waits for it. Otherwise it is cancelled "
        "`SURTITLE_JOBS__ABANDON_AFTER_SECONDS` after its last client hung up.",
    ),
]


Started = Annotated[Noted, audited("job.started", "job")]


@dataclass(frozen=True, slots=True)
class _Asked(Generic[AnyForm]):
    """A request, the job that is at it, and the voices that came along."""

    form: AnyForm
    job_id: UUID
    known: Sequence[NamedVoice] = ()


def _upload(kind: type[AudioForm]) -> dict[str, Any]:
    """`openapi_extra` of a route that takes such a form."""
    extra = multipart_upload(**form_fields(kind))
    extra["requestBody"]["content"]["multipart/form-data"]["schema"]["required"] = ["file", "model"]
    return extra


def _answers(*more_types: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of both routes."""
    content: dict[str, Any] = {kind: {"schema": {}} for kind in (*_TEXTS, *more_types)}
    described = {"description": "In the format that was asked for.", "content": content}
    answer: dict[str, Any] = {"model": VerboseAnswer | DiarizedAnswer | PlainAnswer, **described}
    return {200: answer, **refusals(402, 404, 409, 429, 503, 507)}


@router.post(
    "/v1/audio/transcriptions",
    response_class=Response,
    responses=_answers("text/event-stream"),
    openapi_extra=_upload(TranscriptionForm),
)
async def transcribe(
    *, request: Request, use: Use, project: WritesProject, noted: Started, keep: Keep = False
) -> Response:
    """What is said in a recording."""
    asked = await _begun(request, use, project, TranscriptionForm, keep=keep)
    noted.object_id = asked.job_id
    if asked.form.stream:
        stream = event_stream(use, project, asked.job_id, asked.form, asked.known)
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )
    return await _waited(request, use, project, asked)


@router.post(
    "/v1/audio/translations",
    response_class=Response,
    responses=_answers(),
    openapi_extra=_upload(TranslationForm),
)
async def translate(
    *, request: Request, use: Use, project: WritesProject, noted: Started, keep: Keep = False
) -> Response:
    """What is said in a recording, in English."""
    asked = await _begun(request, use, project, TranslationForm, keep=keep)
    noted.object_id = asked.job_id
    return await _waited(request, use, project, asked)


async def _begun(
    request: Request, use: Services, project: UUID, kind: type[AnyForm], *, keep: bool
) -> _Asked[AnyForm]:
    """The form, and the job that is at it. Fields may follow the file, so all is settled at its end."""
    catalogue = Catalogue(use.models, use.engines)
    user_id = (await caller_of(request)).user_id

    async def receive(part: FilePart) -> _Asked[AnyForm]:
        read: list[tuple[AnyForm, Sequence[NamedVoice], NewJob]] = []

        async def checked() -> Any:
            async for chunk in part.chunks:
                yield chunk
            form = read_form(kind, part.fields)
            model = await asyncio.to_thread(catalogue.options, form.model)
            known = await _heard(use, form)
            options = {**form.job_options(), **model}
            wish = NewJob(project, form.recipe, None, options, SURFACE, created_by=user_id)
            read.append((form, known, wish))

        recording = IncomingRecording(part.filename, checked(), content_length(request), user_id)
        job_id = await use.awaited.begin(project, recording, lambda: read[0][2], forever=keep)
        return _Asked(read[0][0], job_id, read[0][1])

    form = await receive_multipart(
        request.stream(),
        request.headers.get("content-type"),
        on_file=receive,
        larger_fields=_LARGER_FIELDS,
    )
    return form.result


async def _heard(use: Services, form: AudioForm) -> Sequence[NamedVoice]:
    """The voices of those whom the request knows."""
    samples = {speaker.name: speaker.sample for speaker in form.known_speakers}
    return await use.voice_samples.heard(samples, where=_REFERENCES) if samples else ()


async def _waited(
    request: Request, use: Services, project: UUID, asked: _Asked[TranscriptionForm] | _Asked[TranslationForm]
) -> Response:
    async with use.awaited.waiting(asked.job_id):
        job = await while_connected(request, use.awaited.ended(project, asked.job_id))
    # The job has had its tries; a client that sent the file again would only have them all again.
    headers = {"X-Should-Retry": "false"}
    if job.state != JobState.SUCCEEDED:
        why = why_unsuccessful(job)
        return envelope_response(why.status, why.slug, why.message, headers=headers)
    try:
        if asked.form.diarizes:
            return await _diarized(use, project, asked)
        return await _answer(use, project, asked.job_id, asked.form)
    except SpeakersNotTold as error:
        return envelope_response(status_of(error), error.slug, error.message, headers=headers)


async def _diarized(
    use: Services, project: UUID, asked: _Asked[TranscriptionForm] | _Asked[TranslationForm]
) -> Response:
    said = await who_said_what(use, project, asked.job_id, asked.known)
    return JSONResponse(diarized_answer(said).model_dump(mode="json"))


async def _answer(
    use: Services, project: UUID, job_id: UUID, form: TranscriptionForm | TranslationForm
) -> Response:
    if form.response_format in _FILE_FORMATS:
        file = await use.results.result(project, job_id, form.response_format)
        text = b"".join([piece async for piece in file.open(0, file.size_bytes)])
        return Response(text, media_type=file.media_type)
    transcript = await use.results.transcript(project, job_id)
    if form.response_format == "text":
        return PlainTextResponse(f"{transcript.text}\n")
    made = verbose_answer if form.response_format == "verbose_json" else plain_answer
    return JSONResponse(made(transcript, form).model_dump(mode="json", exclude_none=True))
