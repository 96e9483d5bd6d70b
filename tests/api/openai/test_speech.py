"""`/v1/audio/speech`, asked by OpenAI's own client."""

import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
import pytest_asyncio
from openai import AsyncOpenAI, BadRequestError, NotFoundError, RateLimitError
from tests.api.installation import Installation, installed
from tests.api.openai.conftest import calling
from tests.api.people import person

from surtitle.accounts.access import Role
from surtitle.config import ServerSettings, SpeechSettings, UsageSettings
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.media.encoding import SoundFormat
from surtitle.pipelines.speech.service import SpeechWish
from surtitle.pipelines.speech.speaking import Manner

WISH: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": "Good morning to you. It is 5 o'clock."}


# One installation for all: its engine takes longer to start than a sentence takes to say.
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def speaking(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[Installation, AsyncOpenAI]]:
    limits = SpeechSettings(most_characters=60, most_waiting=1)
    async with (
        installed(tmp_path_factory.mktemp("speaking") / "data", speech=limits) as api,
        calling(api) as client,
    ):
        yield api, client


def _seconds(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        return sum(frame.samples for frame in container.decode(audio=0)) / stream.rate


async def test_a_text_is_spoken_in_every_format_and_streamed(
    speaking: tuple[Installation, AsyncOpenAI],
) -> None:
    _, client = speaking
    lengths = {}
    for wanted in ("mp3", "wav", "opus", "aac", "flac"):
        async with client.audio.speech.with_streaming_response.create(
            **WISH, response_format=wanted
        ) as answer:
            assert answer.headers["content-type"] == SoundFormat(wanted).media_type
            assert "content-length" not in answer.headers
            lengths[wanted] = _seconds(await answer.read())
    pcm = await (await client.audio.speech.create(**WISH, response_format="pcm")).aread()
    assert 2.0 < len(pcm) / 2 / 24_000 < 6.0
    assert max(lengths.values()) - min(lengths.values()) < 0.1

    fast = await (await client.audio.speech.create(**WISH, response_format="pcm", speed=4.0)).aread()
    assert len(fast) < 0.7 * len(pcm)


async def test_events_carry_the_same_file(speaking: tuple[Installation, AsyncOpenAI]) -> None:
    api, client = speaking
    plain = await (await client.audio.speech.create(**WISH, response_format="pcm")).aread()
    async with api.served() as http:
        body = {**WISH, "response_format": "pcm", "stream_format": "sse"}
        answer = await http.post("/v1/audio/speech", json=body)

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == plain
    assert events[-1]["type"] == "speech.audio.done"
    assert events[-1]["usage"]["total_tokens"] > 0


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"input": "x" * 61}, "input", "string_above_max_length"),
        ({"input": "  "}, "input", "unsupported_value"),
        ({"input": "😀"}, "text", "nothing_to_say"),
        ({"voice": "nobody"}, "voice", "unsupported_value"),
        ({"voice": "ff_siwis", "extra_body": {"language": "es"}}, "voice", "invalid"),
        ({"model": "hibari", "extra_body": {"language": "fr"}}, "language", "invalid"),
        ({"response_format": "ogg"}, "response_format", "invalid_request"),
        ({"speed": 9}, "speed", "invalid_request"),
        ({"extra_body": {"colour": "red"}}, "colour", "invalid_request"),
    ],
)
async def test_what_cannot_be_spoken_is_a_bad_request_that_names_the_field(
    speaking: tuple[Installation, AsyncOpenAI], change: dict[str, Any], param: str, code: str
) -> None:
    _, client = speaking
    with pytest.raises(BadRequestError) as refused:
        await client.audio.speech.create(**{**WISH, **change})
    assert (refused.value.param, refused.value.code) == (param, code)


async def test_models_that_speak_are_listed_with_their_voices(
    speaking: tuple[Installation, AsyncOpenAI],
) -> None:
    _, client = speaking
    listed = {model.id: model for model in (await client.models.list()).data}

    assert {"tts-1", "gpt-4o-mini-tts", "hibari", "kokoro", "espeak", "whisper-1"} <= set(listed)
    assert listed["hibari"].model_extra == {"installed": True, "voices": ["heart"]}
    assert (await client.models.retrieve("kokoro")).model_extra["installed"] is False  # type: ignore[index]
    with pytest.raises(NotFoundError):
        await client.audio.speech.create(**{**WISH, "model": "nothing"})


async def test_more_requests_than_there_is_room_for_are_told_to_come_again(
    speaking: tuple[Installation, AsyncOpenAI],
) -> None:
    api, client = speaking
    wish = SpeechWish("One. Two.", "en", Manner(), SoundFormat.PCM)
    first = await api.services.speech.begin(PERSONAL_PROJECT, None, wish)
    with pytest.raises(RateLimitError):
        await client.audio.speech.create(**WISH)
    await first.aclose()
    assert await (await client.audio.speech.create(**WISH)).aread()


async def test_speech_costs_credits_by_its_text_and_nothing_where_it_fails(tmp_path: Path) -> None:
    groups: dict[str, Any] = {
        "server": ServerSettings(auth="required"),
        "usage": UsageSettings(credits="on", speech_credits_a_minute=60.0),
    }
    async with installed(tmp_path / "data", **groups) as api:
        somebody = await person(api)
        administrator = await person(api, "bo@example.org", Role.ADMIN)

        async def asked(**change: Any) -> httpx.Response:
            return await somebody.asks("POST", "/v1/audio/speech", json={**WISH, **change})

        refused = await asked()
        assert (refused.status_code, refused.json()["error"]["code"]) == (402, "credits_used_up")

        grant = f"/api/admin/projects/{somebody.project_id}/credits"
        await administrator.asks("POST", grant, json={"amount": 10, "reason": "trial"})
        assert (await asked(input="Good morning to you.", speed=1.0)).status_code == 200
        assert (await asked(input="😀😀😀😀😀")).status_code == 400
        left = (await somebody.gets(f"/api/projects/{somebody.project_id}/credits"))["balance"]
        # 20 characters are a second and a third.
        assert left == pytest.approx(10 - 20 / 15)
        assert (await somebody.asks("POST", "/v1/audio/speech", json={})).status_code == 400
