import io
import json
from dataclasses import replace
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
from docx import Document

from surtitle.domain.minutes import ActionItem, Minutes, MinutesMethod, Moment
from surtitle.domain.speakers import Diarization, SpeakerName, SpeakerNames, SpeakerTurn, SpeakerVoice
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.meeting.documents import meeting_docx, meeting_md
from surtitle.pipelines.meeting.files import meeting_rttm
from surtitle.pipelines.meeting.meeting import Meeting
from surtitle.pipelines.meeting.schema import result_json, result_schema_json
from surtitle.pipelines.minutes.markdown import minutes_md

DOCUMENTED = Path(__file__).parents[3] / "docs/user/result.schema.json"

QUESTION = tuple(Word(f"w{n}", text, n * 0.5, n * 0.5 + 0.4) for n, text in enumerate(("Who", "writes?"), 1))
ANSWER = (Word("w3", "Me.", 2.1, 2.5),)
TRANSCRIPT = Transcript(
    10.0,
    "en",
    0.9,
    Origin("dummy", "", "", ""),
    (
        Segment("s1", 0.5, 1.4, QUESTION, speaker="speaker_1"),
        Segment("s2", 2.1, 2.5, ANSWER, speaker="Ana"),
    ),
)
TURNS = (
    SpeakerTurn(0.4, 2.2, "speaker_1"),
    SpeakerTurn(2.0, 2.6, "speaker_2"),
    SpeakerTurn(1.0, 1.3, "speaker_3"),
)
DIARIZATION = Diarization(
    10.0, TURNS, tuple(SpeakerVoice(f"speaker_{n}", 1.0) for n in (1, 2, 3)), engine="local"
)
NAMES = SpeakerNames((SpeakerName("speaker_2", "Ana", "0199", 0.8), SpeakerName("speaker_3", score=0.2)))
MOMENT = Moment(2.1, 2.5, "Me.", "s2", "Ana")
MINUTES = Minutes(
    "en", MinutesMethod.EXTRACTED, "extract", "Who <writes>", actions=(ActionItem("write", (MOMENT,), "Ana"),)
)
MEETING = Meeting(TRANSCRIPT, 2, DIARIZATION, NAMES, MINUTES)
BARE = Meeting(replace(TRANSCRIPT, segments=(replace(TRANSCRIPT.segments[0], speaker=None),)))


def test_the_documented_schema_is_this_one_and_results_keep_it() -> None:
    assert DOCUMENTED.read_text() == result_schema_json()
    for meeting in (MEETING, BARE):
        document = json.loads(result_json(meeting, "talk"))
        jsonschema.Draft202012Validator(json.loads(DOCUMENTED.read_text())).validate(document)


def test_speech_without_words_keeps_its_turn() -> None:
    document = json.loads(result_json(MEETING, "talk"))
    assert [(turn["speaker"], turn["text"], turn["overlapped"]) for turn in document["fusion"]] == [
        ("speaker_1", "Who writes?", True),
        ("speaker_3", "", True),
        ("Ana", "Me.", True),
    ]
    assert [(one["speaker"], one["voice_id"], one["word_count"]) for one in document["speakers"]] == [
        ("speaker_1", None, 2),
        ("speaker_3", None, 0),
        ("Ana", "0199", 1),
    ]


def test_without_a_diarization_the_words_make_the_turns() -> None:
    document = json.loads(result_json(BARE, "talk"))
    assert document["diarization"] is document["minutes"] is None
    assert [(turn["speaker"], turn["words"]) for turn in document["fusion"]] == [(None, ["w1", "w2"])]


def test_a_person_who_was_renamed_is_so_everywhere() -> None:
    first, second = TRANSCRIPT.segments
    renamed = replace(
        MEETING, transcript=replace(TRANSCRIPT, segments=(first, replace(second, speaker="Ana Pérez")))
    )
    rttm = meeting_rttm(renamed, "stand up").decode().splitlines()
    assert "SPEAKER stand_up 1 2.000 0.600 <NA> <NA> Ana_Pérez <NA> <NA>" in rttm
    document = json.loads(result_json(renamed, "talk"))
    action = document["minutes"]["actions"][0]
    assert action["moments"][0]["speaker"] == action["who"] == "Ana Pérez"
    # She is no longer called as the voice was recognised.
    assert document["speakers"][2]["voice_id"] is None


def test_one_person_whom_the_diarization_took_for_two_has_each_moment_once() -> None:
    words = tuple(Word(f"w{n}", "yes", at, at + 0.4) for n, at in enumerate((5.0, 12.0, 50.0), 1))
    segments = (Segment("s1", 5.0, 50.4, words, speaker="Ana"),)
    beside = [SpeakerTurn(float(at), at + 2.0, "speaker_2") for at in (11, 20, 30)]
    turns = (SpeakerTurn(0.0, 60.0, "speaker_1"), *beside, SpeakerTurn(55.0, 70.0, "speaker_2"))
    voices = tuple(SpeakerVoice(f"speaker_{n}", 1.0) for n in (1, 2))
    merged = Meeting(
        replace(TRANSCRIPT, duration_seconds=70.0, segments=segments),
        diarization=Diarization(70.0, turns, voices, engine="local"),
        names=SpeakerNames(tuple(SpeakerName(voice.speaker, "Ana", "0199", 0.8) for voice in voices)),
    )
    document = json.loads(result_json(merged, "talk"))
    [turn] = document["fusion"]
    assert (turn["start_seconds"], turn["end_seconds"], turn["overlapped"]) == (0.0, 70.0, False)
    assert turn["words"] == ["w1", "w2", "w3"]
    [ana] = document["speakers"]
    assert (ana["labels"], ana["speech_seconds"]) == (["speaker_1", "speaker_2"], 70.0)


def test_a_turn_of_two_segments_in_chinese_has_no_space_between_them() -> None:
    segments = tuple(
        Segment(f"s{n}", n, n + 0.9, (Word(f"w{n}", text, n, n + 0.9),), "zh", "Ana")
        for n, text in enumerate(("我们今天", "去看电影。"), 1)
    )
    turns = (SpeakerTurn(1.0, 3.0, "speaker_1"),)
    meeting = Meeting(replace(TRANSCRIPT, segments=segments), diarization=Diarization(10.0, turns))
    [turn] = json.loads(result_json(meeting, "talk"))["fusion"]
    assert turn["text"] == "我们今天去看电影。"


def test_documents_begin_with_the_minutes() -> None:
    text = meeting_md(MEETING, "talk").decode()
    assert text.startswith("# Who \\<writes\\>\n")
    assert text.index("## Actions") < text.index("## Transcript") < text.index("**Speaker 1** `0:00:00` Who")
    assert meeting_docx(MEETING, "talk") == meeting_docx(MEETING, "talk")
    assert meeting_md(BARE, "talk").decode().startswith("# talk\n")


def test_documents_call_speakers_in_the_minutes_as_in_the_transcript() -> None:
    asked = Moment(0.5, 1.4, "Who writes?", "s1", "speaker_1")
    minutes = replace(
        MINUTES, language="fr", actions=(ActionItem("écrire", (asked,), "speaker_2"),), set_aside=(asked,)
    )
    meeting = replace(MEETING, transcript=replace(TRANSCRIPT, language="fr"), minutes=minutes)
    told = meeting_md(meeting, "talk").decode()
    assert "- **Ana**: écrire" in told
    assert told.count("Intervenant 1: “Who writes?”") == 2
    nameless = replace(minutes, actions=(replace(minutes.actions[0], who="speaker_4"),))
    document = Document(io.BytesIO(meeting_docx(replace(meeting, minutes=nameless), "talk")))
    assert any("Intervenant 4: écrire" in block.text for block in document.paragraphs)
    assert "**Intervenant 4**: écrire" in minutes_md(nameless).decode()
