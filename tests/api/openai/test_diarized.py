"""`diarized_json` through OpenAI's own client: a real server whose voices are tones."""

import asyncio
import base64
import gzip
import io
import math
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from openai import BadRequestError, InternalServerError, OpenAI
from openai.types.audio import (
    TranscriptionDiarized,
    TranscriptionTextDoneEvent,
    TranscriptionTextSegmentEvent,
)
from tests.api.installation import TRANSCRIPT, Installation, spoken, wav
from tests.api.openai.conftest import calling
from tests.api.openai.test_repeats import jobs_at_work
from tests.fakes.installing import PITCH, PITCH_SETTINGS, with_engines
from tests.fakes.pitch_engines import ENCODER
from tests.server import Server

from surtitle.api.openai.diarized import diarized_answer
from surtitle.api.openai.who_speaks import WhoSaidWhat
from surtitle.domain.recipes import StepName
from surtitle.domain.transcript import Segment, Transcript
from surtitle.transcripts.publishing import publish
from surtitle.transcripts.schema import transcript_json

# The dummy engine says a sentence every five seconds.
LOW_HZ, HIGH_HZ, SENTENCE_SECONDS = 300, 700, 5.0
DIALOGUE = [
    ("This is a rehearsal, not a transcript.", "A"),
    ("The dummy engine hears nothing at all.", "B"),
    ("It speaks so that you can try everything else.", "A"),
]


def hummed(*tones: tuple[int, float], rate_hz: int = 16_000) -> bytes:
    """A WAV of tones: hertz and seconds."""
    samples = [
        np.sin(np.arange(int(seconds * rate_hz)) * 2 * math.pi * hertz / rate_hz) for hertz, seconds in tones
    ]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate_hz)
        writer.writeframes((np.concatenate(samples) * 20_000).astype("<i2").tobytes())
    return file.getvalue()


def data_url(sound: bytes) -> str:
    return f"data:audio/wav;base64,{base64.b64encode(sound).decode()}"


HUMMED = ("dialogue.wav", hummed((LOW_HZ, 5), (HIGH_HZ, 5), (LOW_HZ, 5)))
# 48 kHz: as large as a field may not be otherwise.
HIGH_SAMPLE = data_url(hummed((HIGH_HZ, 9.0), rate_hz=48_000))
NAMES, REFERENCES = "known_speaker_names", "known_speaker_references"
WISH: dict[str, Any] = {"model": "dummy", "file": HUMMED, "response_format": "diarized_json"}


@pytest.fixture(scope="module")
def humming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("humming")
    with Server(folder / "data", **with_engines(folder, PITCH), **PITCH_SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def client(humming: Server) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{humming.url}/v1", api_key="any", max_retries=0) as client:
        yield client


def told(heard: TranscriptionDiarized) -> list[tuple[str, str]]:
    return [(segment.text, segment.speaker) for segment in heard.segments]


def test_each_segment_has_its_speaker(client: OpenAI) -> None:
    raw = client.audio.transcriptions.with_raw_response.create(**WISH, chunking_strategy="auto")
    heard = TranscriptionDiarized.model_validate(raw.http_response.json(), strict=True)
    assert told(heard) == DIALOGUE
    assert heard.text == " ".join(text for text, _ in DIALOGUE)
    assert heard.duration == pytest.approx(15.0)
    assert [(segment.start, segment.end) for segment in heard.segments] == [
        (0.0, 4.0),
        (5.0, 9.0),
        (10.0, 14.0),
    ]
    assert len({segment.id for segment in heard.segments}) == len(DIALOGUE)


def test_a_voice_that_the_request_knows_has_its_name_and_leaves_no_trace(
    client: OpenAI, humming: Server
) -> None:
    sample = hummed((HIGH_HZ, 3.3), rate_hz=44_100)
    known: dict[str, Any] = {NAMES: ["Wilhelmina"], REFERENCES: [data_url(sample)]}
    heard: Any = client.audio.transcriptions.create(**WISH, **known)
    assert [speaker for _, speaker in told(heard)] == ["A", "Wilhelmina", "A"]
    # A sample is compared, not enrolled; and the job is the one that had the same recording before.
    again: Any = client.audio.transcriptions.create(**WISH)
    assert told(again) == DIALOGUE
    with httpx.Client(base_url=humming.url) as http:
        assert [one["surface"] for one in http.get("/api/jobs").json()["items"]] == ["openai"]
        assert len(http.get("/api/media").json()["items"]) == 1
    assert files_with(humming, b"rehearsal"), "what is kept would be found"
    assert files_with(humming, b"Wilhelmina", sample[1000:2000]) == []
    # The voices of the recording itself are swept away soon after its job.
    assert {Path(path).name for path in files_with(humming, ENCODER.encode())} <= {"voices.json"}
    scratch = humming.data_dir / "scratch"
    assert [path for path in scratch.rglob("*") if path.is_file()] == []


def files_with(server: Server, *traces: bytes) -> list[str]:
    """All that an installation writes, its database and its log too, where one of `traces` stands in it."""
    found = []
    for path in [server.log, *(path for path in server.data_dir.rglob("*") if path.is_file())]:
        data = path.read_bytes()
        data = gzip.decompress(data) if path.suffix == ".gz" else data
        if any(trace in data for trace in traces):
            found.append(str(path))
    return found


def test_a_voice_that_nobody_knows_keeps_its_letter(client: OpenAI) -> None:
    known: dict[str, Any] = {
        "known_speaker_names": ["customer"],
        "known_speaker_references": [data_url(hummed((1300, 2)))],
    }
    heard: Any = client.audio.transcriptions.create(**WISH, **known)
    assert told(heard) == DIALOGUE


def test_a_stream_tells_words_then_who_said_them(client: OpenAI) -> None:
    known: dict[str, Any] = {"known_speaker_names": ["agent"], "known_speaker_references": [HIGH_SAMPLE]}
    stream = client.audio.transcriptions.create(**WISH, **known, stream=True)
    events = [event.model_dump(exclude_unset=True) for event in stream]
    kinds = [event["type"].rpartition(".")[2] for event in events]
    assert kinds == sorted(kinds, key=["delta", "segment", "done"].index)
    deltas = [event["delta"] for event in events if event["type"] == "transcript.text.delta"]
    segments = [
        TranscriptionTextSegmentEvent.model_validate(event, strict=True)
        for event in events
        if event["type"] == "transcript.text.segment"
    ]
    done = TranscriptionTextDoneEvent.model_validate(events[-1], strict=True)
    assert [(one.text, one.speaker) for one in segments] == [
        (text, "agent" if speaker == "B" else speaker) for text, speaker in DIALOGUE
    ]
    assert "".join(deltas) == done.text


@pytest.mark.parametrize(
    ("names", "references", "param", "reason"),
    [
        (["Ann"], [], REFERENCES, "one reference for each"),
        (["Ann", " Ann"], [HIGH_SAMPLE] * 2, NAMES, "a name twice"),
        ([" "], [HIGH_SAMPLE], NAMES, "cannot be a speaker's name"),
        (["Unknown"], [HIGH_SAMPLE], NAMES, "nobody was found to speak"),
        (list("ABCDE"), ["data:,x"] * 5, NAMES, "at most 4"),
        (["Ann"], ["https://example.org/ann.wav"], REFERENCES, "no data URL"),
        (["Ann"], ["data:audio/wav;base64,%%%"], REFERENCES, "not base64"),
        (["Ann"], ["data:,no%20sound"], REFERENCES, "A sample"),
        (["Ann"], [data_url(hummed((LOW_HZ, 0.5)))], REFERENCES, "lasts 0.5 s"),
        (["Ann"], [data_url(hummed((LOW_HZ, 14)))], REFERENCES, "longer than 10 s"),
        (["Ann"], [data_url(hummed((0, 2)))], REFERENCES, "Nobody speaks"),
    ],
)
def test_samples_that_cannot_be_used_are_refused_before_any_work(
    humming: Server, names: list[str], references: list[str], param: str, reason: str
) -> None:
    wish = {**WISH, "file": ("other.wav", hummed((900, 2))), NAMES: names, REFERENCES: references}
    with (
        OpenAI(base_url=f"{humming.url}/v1", api_key="any", max_retries=0) as client,
        pytest.raises(BadRequestError, match=reason) as refused,
    ):
        client.audio.transcriptions.create(**wish)
    assert refused.value.param == param
    assert refused.value.code in {"invalid_value", "unfit_sample"}
    names_kept = [one["name"] for one in httpx.get(f"{humming.url}/api/media").json()["items"]]
    assert "other.wav" not in names_kept


def test_known_speakers_need_the_format_that_shows_them(client: OpenAI) -> None:
    with pytest.raises(BadRequestError, match="diarized_json") as refused:
        client.audio.transcriptions.create(
            model="whisper-1",
            file=HUMMED,
            known_speaker_names=["Ann"],
            known_speaker_references=[HIGH_SAMPLE],
        )
    assert (refused.value.param, refused.value.code) == ("known_speaker_names", "unsupported_value")


async def test_speakers_that_could_not_be_told_apart_are_an_error_that_says_where_the_text_is(
    api: Installation,
) -> None:
    async with calling(api, max_retries=2) as asking:
        request = asking.audio.transcriptions.create(
            model="whisper-1", file=("talk.wav", wav()), response_format="diarized_json"
        )
        waiting = asyncio.ensure_future(request)
        (job,) = await jobs_at_work(api)
        claim = await api.claim()
        work = await api.work_on(claim)
        await work.save("transcript.json", transcript_json(TRANSCRIPT), media_type="application/json")
        await publish(work, TRANSCRIPT)
        await work.give_up_step(StepName.DIARIZATION, "No model.")
        assert await api.queue.succeed(claim, {})
        with pytest.raises(InternalServerError, match="No model") as failed:
            await waiting
    assert failed.value.code == "diarization_failed"
    assert f"/api/jobs/{job['id']}/result" in failed.value.message
    assert (job["recipe"], job["options"]["minutes"]["enabled"]) == ("meeting", False)


def test_letters_number_those_whom_the_request_does_not_know() -> None:
    def said(number: int, speaker: str | None) -> Segment:
        return Segment(f"s{number}", number, number + 1, spoken("yes").words, speaker=speaker)

    labels = [None, "speaker_1", "speaker_2", *(f"speaker_{number}" for number in range(3, 32)), "speaker_1"]
    transcript = Transcript(
        40.0, "en", 1.0, TRANSCRIPT.origin, tuple(said(number, label) for number, label in enumerate(labels))
    )
    known = WhoSaidWhat(transcript, {"speaker_2": "Ann"}, ["Ann", "Ben"])
    speakers = [one.speaker for one in diarized_answer(known).segments]
    assert speakers[:5] == ["unknown", "A", "Ann", "B", "C"]
    assert speakers[26:32] == ["Y", "Z", "AA", "AB", "AC", "AD"]
    assert speakers[-1] == "A"
    # Who is called by a letter is nobody else, whether heard in this recording or not.
    lettered = WhoSaidWhat(transcript, {"speaker_2": "A"}, ["A", "C"])
    speakers = [one.speaker for one in diarized_answer(lettered).segments]
    assert speakers[1:5] == ["B", "A", "D", "E"]
