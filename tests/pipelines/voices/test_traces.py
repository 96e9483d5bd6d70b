import html
import json
from typing import Any

from surtitle.domain.minutes import (
    ActionItem,
    Minutes,
    MinutesLine,
    MinutesMethod,
    Moment,
    minutes_json,
    read_minutes,
)
from surtitle.domain.options import SubtitleOptions, TranscriptFormat
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.jobs.amending import JobFile
from surtitle.pipelines.minutes.markdown import minutes_md
from surtitle.pipelines.subtitles import cues_for, export
from surtitle.pipelines.voices.retelling import Retelling
from surtitle.pipelines.voices.traces import Traces
from surtitle.transcripts.schema import transcript_json

RETELL = Retelling(lambda data: minutes_md(read_minutes(data)))
JSON = "application/json"


def meeting(name: str) -> Transcript:
    """Somebody says two sentences, and somebody else agrees."""
    return Transcript(
        6.0, "en", 1.0, Origin("dummy", "dummy", "int8", "cpu"),
        (
            Segment("s1", 0.0, 2.0, (Word("w1", "Ask", 0.0, 1.0), Word("w2", "Ana.", 1.0, 2.0)), "en", name),
            Segment("s2", 4.0, 6.0, (Word("w3", "Yes.", 4.0, 6.0),), "en", "Ana Lima"),
        ),
    )  # fmt: skip


def files_of(transcript: Transcript, minutes: Minutes) -> dict[str, JobFile]:
    files = {
        "transcript.json": JobFile(JSON, transcript_json(transcript)),
        "transcript.txt": JobFile("text/plain; charset=utf-8", b"made anew"),
        "minutes.json": JobFile(JSON, minutes_json(minutes)),
        "minutes.md": JobFile("text/markdown; charset=utf-8", minutes_md(minutes)),
    }
    for wanted in (TranscriptFormat.SRT, TranscriptFormat.VTT):
        cues = cues_for(wanted, transcript, SubtitleOptions())
        made = export(wanted, transcript, cues, "")
        files[f"subtitles.{made.extension}"] = JobFile(made.media_type, made.data)
    return files


def minutes_of(name: str, *, text: str, who: str | None = None) -> Minutes:
    own = Moment(0.0, 2.0, "Ask Ana.", "s1", name)
    other = Moment(4.0, 6.0, "Yes.", "s2", "Ana Lima")
    return Minutes(
        "en", MinutesMethod.WRITTEN, "chat model", "Talk", (MinutesLine(text, (own, other)),),
        actions=(ActionItem("send it", (own,), who or name), ActionItem("wait", (other,), "Ana")),
    )  # fmt: skip


def scrubbed(name: str, minutes: Minutes) -> dict[str, str]:
    traces = Traces("no-id", {name: "speaker_1"}, RETELL)
    files = traces.out_of_files({}, files_of(meeting(name), minutes))
    return {file: data.decode() for file, data in files.items()}


def test_a_name_goes_however_a_file_writes_it() -> None:
    long = "A name that is longer than any line of a subtitle may be"
    for name in ("R&D Lead", "anna_s", "anna", "<b>", long):
        told = scrubbed(name, minutes_of(name, text=f"{name} will send it."))
        for file, text in told.items():
            plain = html.unescape(text).replace("\\", "").replace("\n", " ").lower()
            assert name.lower() not in plain, file
        assert told["transcript.txt"].startswith("Speaker 1: Ask Ana.")
        assert "<v Speaker 1>" in told["subtitles.vtt"]


def test_a_part_of_the_name_goes_where_a_model_wrote_it_of_this_person() -> None:
    name = "Ana Duarte"
    text = "Ana Duarte asks; Duarte sends it, and Ana Lima waits for Ana."
    minutes = read_minutes(scrubbed(name, minutes_of(name, text=text, who="Duarte"))["minutes.json"].encode())
    assert minutes.summary[0].text == "speaker_1 asks; speaker_1 sends it, and Ana Lima waits for Ana."
    assert [action.who for action in minutes.actions] == ["speaker_1", "Ana"]
    assert minutes.summary[0].moments[0].quote == "Ask Ana.", "what was said stays"


def test_ids_and_other_values_are_no_names() -> None:
    for name in ("s1", "w2", "en", "written", "dummy", "application"):
        told = scrubbed(name, minutes_of(name, text="They will send it."))
        transcript: dict[str, Any] = json.loads(told["transcript.json"])
        assert transcript["segments"][0]["speaker"] == "speaker_1"
        assert [one["id"] for one in transcript["segments"]] == ["s1", "s2"]
        assert (transcript["language"], transcript["origin"]["engine"]) == ("en", "dummy")
        minutes = read_minutes(told["minutes.json"].encode())
        assert (minutes.language, minutes.method) == ("en", MinutesMethod.WRITTEN)
        assert minutes.actions[0].who == "speaker_1"


def test_a_result_keeps_the_name_of_its_recording() -> None:
    traces = Traces("some-id", {"Ana": "speaker_2"}, RETELL)
    document = {
        "recording": {"name": "Ana"},
        "speakers": [{"speaker": "Ana", "labels": ["speaker_2"], "voice_id": "some-id", "score": 0.9}],
        "minutes": {"method": "extracted", "title": "Ana and Ben", "summary": []},
    }
    assert traces.out_of_document(document) == {
        "recording": {"name": "Ana"},
        "speakers": [{"speaker": "speaker_2", "labels": ["speaker_2"], "voice_id": None, "score": None}],
        "minutes": {"method": "extracted", "title": "speaker_2 and Ben", "summary": []},
    }
