import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI, BadRequestError, OpenAI
from openai.types.audio import (
    Transcription,
    TranscriptionTextDeltaEvent,
    TranscriptionTextDoneEvent,
    TranscriptionVerbose,
)
from tests.api.openai.conftest import TEXT
from tests.server import Server

REHEARSAL = "This is a rehearsal, not a transcript."
BASE = "whisper-base"

pytestmark = [
    pytest.mark.models,
    # Their translations are announced to end; here they go on.
    pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning"),
]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def test_what_is_said_comes_back(client: OpenAI, talk: Path) -> None:
    heard = client.audio.transcriptions.create(model="whisper-1", file=talk)
    assert words(heard.text) == words(TEXT)
    assert heard.usage is not None
    assert heard.usage.model_dump() == {"type": "duration", "seconds": 6}
    assert heard.logprobs is None


async def test_the_asynchronous_client_hears_the_same_while_others_ask(server: Server, talk: Path) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
        heard = await asyncio.gather(
            client.audio.transcriptions.create(model=BASE, file=talk, language="en"),
            client.audio.transcriptions.create(model=BASE, file=talk, language="en", response_format="text"),
        )
    assert words(heard[0].text) == words(TEXT)
    assert heard[1] == f"{heard[0].text}\n"


def test_verbose_json_has_the_times_of_words_and_segments(client: OpenAI, talk: Path) -> None:
    raw = client.audio.transcriptions.with_raw_response.create(
        model="tiny.en",
        file=talk,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        prompt="A tour of the garden.",
    )
    heard = TranscriptionVerbose.model_validate(raw.http_response.json(), strict=True)
    assert heard.language == "english"
    assert heard.duration == pytest.approx(5.475, abs=0.01)
    assert heard.words is not None
    assert heard.segments is not None
    assert [words(word.word) for word in heard.words] == [[word] for word in words(TEXT)]
    assert "".join(segment.text for segment in heard.segments) == f" {heard.text}"
    assert [segment.id for segment in heard.segments] == list(range(len(heard.segments)))
    times = [moment for word in heard.words for moment in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= heard.duration
    assert all(segment.avg_logprob < 0 < segment.compression_ratio for segment in heard.segments)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [([], (False, True)), (["segment"], (False, True)), (["word"], (True, False))],
)
def test_only_the_granularities_asked_for_are_told(
    client: OpenAI, talk: Path, wanted: Any, shown: tuple[bool, bool]
) -> None:
    heard = client.audio.transcriptions.create(
        model="dummy", file=talk, response_format="verbose_json", timestamp_granularities=wanted
    )
    assert (heard.words is not None, heard.segments is not None) == shown


@pytest.mark.parametrize(
    ("response_format", "content_type", "text"),
    [
        ("text", "text/plain; charset=utf-8", f"{REHEARSAL}\n"),
        ("srt", "application/x-subrip; charset=utf-8", f"1\n00:00:00,000 --> 00:00:04,300\n{REHEARSAL}\n\n"),
        ("vtt", "text/vtt; charset=utf-8", f"WEBVTT\n\n00:00:00.000 --> 00:00:04.300\n{REHEARSAL}\n"),
    ],
)
def test_texts_and_subtitles_come_as_such(
    client: OpenAI, talk: Path, response_format: Any, content_type: str, text: str
) -> None:
    raw = client.audio.transcriptions.with_raw_response.create(
        model="dummy", file=talk, response_format=response_format
    )
    assert raw.http_response.headers["content-type"] == content_type
    assert raw.parse() == text


def test_a_stream_of_words_adds_up_to_the_text(client: OpenAI, talk: Path) -> None:
    stream = client.audio.transcriptions.create(
        model="gpt-4o-transcribe", file=talk, stream=True, language="en"
    )
    *deltas, done = [event.model_dump(exclude_unset=True) for event in stream]
    assert [TranscriptionTextDeltaEvent.model_validate(delta, strict=True) for delta in deltas]
    whole = TranscriptionTextDoneEvent.model_validate(done, strict=True)
    assert words(whole.text) == words(TEXT)
    assert "".join(delta["delta"] for delta in deltas) == whole.text
    assert len(deltas) == len(whole.text.split())
    assert whole.usage is not None
    assert (whole.usage.output_tokens, whole.usage.input_tokens) == (len(deltas), 55)


async def test_logprobs_are_those_of_the_words(server: Server, talk: Path) -> None:
    async with AsyncOpenAI(base_url=f"{server.url}/v1", api_key="any") as client:
        wish: Any = {
            "model": "whisper-1",
            "file": talk,
            "language": "en",
            "include": ["logprobs"],
        }
        heard: Transcription = await client.audio.transcriptions.create(**wish)
        stream = await client.audio.transcriptions.create(**wish, stream=True)
        *deltas, done = [event async for event in stream]
    assert heard.logprobs
    assert "".join(one.token or "" for one in heard.logprobs) == heard.text
    assert all(-8 < (one.logprob or 0) <= 0 for one in heard.logprobs)
    assert any((one.logprob or 0) < 0 for one in heard.logprobs)
    assert heard.logprobs[0].bytes == list(b"Good")
    told = [one.model_dump() for delta in deltas for one in delta.logprobs]
    assert told == [one.model_dump() for one in done.logprobs] == [one.model_dump() for one in heard.logprobs]


def test_a_translation_is_english_by_a_model_that_can(client: OpenAI, talk: Path) -> None:
    plain = client.audio.translations.create(model=BASE, file=talk)
    assert words(plain.text) == words(TEXT)
    verbose: Any = client.audio.translations.create(model=BASE, file=talk, response_format="verbose_json")
    assert (verbose.language, verbose.task) == ("english", "translate")
    with pytest.raises(BadRequestError, match="English only") as refused:
        client.audio.translations.create(model="whisper-tiny.en", file=talk)
    assert refused.value.param == "model"


def test_a_detector_can_be_set_and_words_be_expected(client: OpenAI, talk: Path, server: Server) -> None:
    heard = client.audio.transcriptions.create(
        model="dummy",
        file=talk,
        chunking_strategy={"type": "server_vad", "threshold": 0.95, "silence_duration_ms": 700},
        keywords=["Giverny", "water lilies"],
        languages=["en", "fr"],
        temperature=0.4,
        prompt="x" * 3000 + " the end",
    )
    assert heard.text == REHEARSAL
    options = httpx.get(f"{server.url}/api/jobs").json()["items"][0]["options"]
    assert options["vad_threshold"] == 0.9
    assert options["vad_min_silence_seconds"] == 0.7
    assert options["hotwords"] == "Giverny, water lilies"
    assert options["multilingual"] is True
    assert options["temperatures"] == [0.4]
    assert len(options["prompt"]) == 2000
    assert options["prompt"].endswith(" the end")


def test_fields_may_follow_the_file_and_lists_may_lack_brackets(server: Server, talk: Path) -> None:
    parts = (
        (b"file", b'; filename="talk.wav"', talk.read_bytes()),
        (b"model", b"", b"dummy"),
        (b"timestamp_granularities", b"", b"word"),
        (b"response_format", b"", b"verbose_json"),
        (b"chunking_strategy", b"", b'{"type": "server_vad", "threshold": 0.7}'),
        (b"language", b"", b""),
    )
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part for part in parts
    )
    answer = httpx.post(
        f"{server.url}/v1/audio/transcriptions",
        content=body + b"--x--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        timeout=60,
    )
    assert [word["word"] for word in answer.json()["words"]] == REHEARSAL.split()


def test_models_are_listed_and_found_by_every_name(client: OpenAI) -> None:
    listed = {model.id: model.owned_by for model in client.models.list()}
    assert listed["whisper-1"] == "openai"
    assert listed["whisper-tiny.en"] == "surtitle"
    for name in ("whisper-1", "gpt-4o-transcribe-diarize", "dummy", "Systran/faster-whisper-base"):
        found = client.models.retrieve(name)
        assert (found.id, found.object) == (name, "model")
