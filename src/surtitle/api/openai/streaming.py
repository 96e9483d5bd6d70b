"""A transcription as OpenAI streams it: each word as it is heard, then who said what, then the whole."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal
from uuid import UUID

from fastapi.sse import format_sse_event
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from surtitle.api.openai.answers import (
    Language,
    Logprob,
    TokenUsage,
    languages_of,
    logprob,
    logprobs_of,
    token_usage,
)
from surtitle.api.openai.diarized import DiarizedSegment, diarized_segments
from surtitle.api.openai.envelope import ErrorBody, envelope, openai_status
from surtitle.api.openai.form import TranscriptionForm
from surtitle.api.openai.waiting import why_unsuccessful
from surtitle.api.openai.who_speaks import who_said_what
from surtitle.api.problems import status_of
from surtitle.api.services import Services
from surtitle.domain.jobs import EventType, JobState
from surtitle.domain.transcript import Transcript
from surtitle.errors import SurtitleError
from surtitle.pipelines.voices.samples import NamedVoice

log = logging.getLogger(__name__)

# Proxies take a connection for dead that is silent for a minute.
_PING_SECONDS = 15.0
_PING = format_sse_event(comment="waiting")


class TextDelta(BaseModel):
    """One more word, with the space before it."""

    type: Literal["transcript.text.delta"] = "transcript.text.delta"
    delta: str
    logprobs: list[Logprob] | None = None


class TextDone(BaseModel):
    """The whole; `text` is all deltas, joined."""

    type: Literal["transcript.text.done"] = "transcript.text.done"
    text: str
    languages: list[Language] | None = None
    logprobs: list[Logprob] | None = None
    usage: TokenUsage


class StreamError(BaseModel):
    """The job did not succeed, and nothing follows."""

    type: Literal["error"] = "error"
    error: ErrorBody


Told = TextDelta | DiarizedSegment | TextDone | StreamError


async def event_stream(
    use: Services,
    project_id: UUID,
    job_id: UUID,
    form: TranscriptionForm,
    known: Sequence[NamedVoice] = (),
) -> AsyncIterator[bytes]:
    """Server-sent events up to the job's end. While somebody reads them, the job is waited for."""
    use.metrics.http.sse_listeners.inc()
    try:
        async with use.awaited.waiting(job_id):
            async for data in _pinged(_told(use, project_id, job_id, form, known)):
                yield data
    finally:
        use.metrics.http.sse_listeners.dec()


async def _told(
    use: Services, project_id: UUID, job_id: UUID, form: TranscriptionForm, known: Sequence[NamedVoice]
) -> AsyncIterator[bytes]:
    try:
        async for event in use.jobs.follow(job_id, 0):
            if event.type is EventType.DELTA:
                yield _encoded(_delta(event.data, form))
        async for told in _end(use, project_id, job_id, form, known):
            yield _encoded(told)
    except SurtitleError as error:
        yield _encoded(_error(status_of(error), error.slug, error.message))
    except SQLAlchemyError as error:
        log.warning("the stream of job %s broke off: %s", job_id, error)
        broken = "The stream broke off. Send the request again: it goes on with the same job."
        yield _encoded(_error(500, "internal", broken))


async def _pinged(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`events`, with a comment in every long silence."""
    upcoming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            await asyncio.wait({upcoming}, timeout=_PING_SECONDS)
            if not upcoming.done():
                yield _PING
                continue
            if (data := upcoming.result()) is None:
                return
            yield data
            upcoming = asyncio.ensure_future(anext(events, None))
    finally:
        upcoming.cancel()


def _delta(data: dict[str, Any], form: TranscriptionForm) -> TextDelta:
    text = data["text"]
    told = [logprob(text, data.get("confidence"))] if form.include else None
    return TextDelta(delta=text, logprobs=told)


async def _end(
    use: Services, project_id: UUID, job_id: UUID, form: TranscriptionForm, known: Sequence[NamedVoice]
) -> AsyncIterator[Told]:
    job = (await use.jobs.get(project_id, job_id)).job
    if job.state != JobState.SUCCEEDED:
        why = why_unsuccessful(job)
        yield _error(why.status, why.slug, why.message)
        return
    if form.diarizes:
        # Who speaks is known at the end only: two voices may turn out to be one person's.
        said = await who_said_what(use, project_id, job_id, known)
        for segment in diarized_segments(said):
            yield segment
    yield _done(await use.results.transcript(project_id, job_id), form)


def _done(transcript: Transcript, form: TranscriptionForm) -> TextDone:
    return TextDone(
        text=transcript.text,
        languages=languages_of(transcript) if form.model == "gpt-transcribe" else None,
        logprobs=logprobs_of(transcript) if form.include else None,
        usage=token_usage(transcript),
    )


def _error(status: int, slug: str, message: str) -> StreamError:
    return StreamError(error=envelope(openai_status(status), slug, message).error)


def _encoded(event: Told) -> bytes:
    return format_sse_event(data_str=event.model_dump_json(exclude_none=True))
