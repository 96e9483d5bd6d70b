"""`/v1/audio/speech`: a text in, speech out while it is made.

https://developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create
"""

import asyncio
import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surtitle.api.access import WritesProject, caller_of
from surtitle.api.dependencies import Use
from surtitle.api.openai.envelope import ErrorBody, envelope, openai_status
from surtitle.api.openai.errors import UnsupportedValue
from surtitle.api.openai.voices import VoiceCatalogue
from surtitle.api.openapi import refusals
from surtitle.api.problems import status_of
from surtitle.domain.options import Language
from surtitle.errors import SurtitleError
from surtitle.media.encoding import SoundFormat
from surtitle.pipelines.film.script.language import language_of
from surtitle.pipelines.speech.choosing import SpeakerChooser
from surtitle.pipelines.speech.service import SpeechWish
from surtitle.pipelines.speech.speaking import Manner

router = APIRouter(tags=["openai"])

# Clients want tokens, which nothing here counts: about what OpenAI would call one.
_CHARACTERS_A_TOKEN = 4
_BYTES_A_TOKEN = 1000
_SLOWEST, _FASTEST = 0.5, 2.0


class CustomVoice(BaseModel):
    """A voice by its id: here its name."""

    id: str = Field(min_length=1, max_length=128)


class SpeechRequest(BaseModel):
    """What is to be said, and how."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(
        description="`tts-1` and OpenAI's other names leave the choice to the installation; an engine's name "
        "(`hibari`, `kokoro`, `espeak`) means that engine."
    )
    input: str = Field(
        min_length=1,
        description="The text, up to `SURTITLE_SPEECH__MOST_CHARACTERS`. `[pause 0.5s]` is silence.",
    )
    voice: Annotated[str, StringConstraints(min_length=1, max_length=128)] | CustomVoice = Field(
        description="A voice of `GET /v1/models`, or one of OpenAI's names: a voice of the text's language."
    )
    response_format: SoundFormat = SoundFormat.MP3
    speed: float = Field(
        1.0, ge=0.25, le=4.0, description="Below 0.5 and above 2.0 nothing changes any more."
    )
    stream_format: Literal["audio", "sse"] = "audio"
    instructions: str | None = Field(
        None, max_length=4096, description="Taken for the clients' sake; no voice here follows it."
    )
    language: Language | None = Field(
        None, description="Our addition: the text's language; left out, the voice's, else it is found."
    )


class SpeechUsage(BaseModel):
    """Estimated: nothing here counts tokens."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class SpeechDelta(BaseModel):
    """A piece of the file, in base64."""

    type: Literal["speech.audio.delta"] = "speech.audio.delta"
    audio: str


class SpeechDone(BaseModel):
    """All of the file has been sent."""

    type: Literal["speech.audio.done"] = "speech.audio.done"
    usage: SpeechUsage


class SpeechError(BaseModel):
    """The speech broke off, and nothing follows."""

    type: Literal["error"] = "error"
    error: ErrorBody


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, or with `stream_format=sse` events that carry it.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in (*dict.fromkeys(one.media_type for one in SoundFormat), "text/event-stream")
        },
    },
    **refusals(400, 402, 404, 429, 503, 507),
}


@router.post("/v1/audio/speech", response_class=Response, responses=_ANSWERS)
async def speak(asked: SpeechRequest, request: Request, use: Use, project: WritesProject) -> Response:
    """A text, spoken. The sound is sent while it is made."""
    wish = await asyncio.to_thread(_wish, asked, use.speech.chooser)
    caller = await caller_of(request)
    pieces = await use.speech.begin(project, caller.user_id, wish)
    headers = {"Cache-Control": "no-store"}
    if asked.stream_format == "sse":
        return StreamingResponse(_events(pieces, wish.text), media_type="text/event-stream", headers=headers)
    return StreamingResponse(_closed(pieces), media_type=wish.format.media_type, headers=headers)


def _wish(asked: SpeechRequest, chooser: SpeakerChooser) -> SpeechWish:
    """Blocking: it looks at what is installed."""
    catalogue = VoiceCatalogue(chooser)
    named = asked.voice if isinstance(asked.voice, str) else asked.voice.id
    engine = catalogue.engine(asked.model)
    language = asked.language or catalogue.language_of(named) or language_of(asked.input) or "en"
    voice = catalogue.voice(named, engine, language)
    if asked.input.isspace():
        raise UnsupportedValue("There is nothing to say: `input` is blank.", field="input")
    speed = min(max(asked.speed, _SLOWEST), _FASTEST)
    return SpeechWish(asked.input, language, Manner(voice, speed, engine=engine), asked.response_format)


async def _closed(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(pieces):
        async for piece in pieces:
            yield piece


async def _events(pieces: AsyncGenerator[bytes, None], text: str) -> AsyncGenerator[bytes, None]:
    sent = 0
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                sent += len(piece)
                yield _encoded(SpeechDelta(audio=base64.b64encode(piece).decode()))
    except SurtitleError as error:
        told = envelope(openai_status(status_of(error)), error.slug, error.message).error
        yield _encoded(SpeechError(error=told))
        return
    told_tokens = max(1, len(text) // _CHARACTERS_A_TOKEN)
    made_tokens = max(1, sent // _BYTES_A_TOKEN)
    yield _encoded(
        SpeechDone(
            usage=SpeechUsage(
                input_tokens=told_tokens, output_tokens=made_tokens, total_tokens=told_tokens + made_tokens
            )
        )
    )


def _encoded(event: BaseModel) -> bytes:
    return format_sse_event(data_str=event.model_dump_json())
