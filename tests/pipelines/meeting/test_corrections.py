"""What people correct in the transcript is corrected in every format and in the minutes."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine, MinutesMethod, Moment
from surtitle.domain.speakers import Diarization, SpeakerTurn, SpeakerVoice
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.meeting.files import meeting_rttm
from surtitle.pipelines.meeting.meeting import Meeting
from surtitle.pipelines.meeting.schema import result_json
from surtitle.transcripts import operations as ops
from surtitle.transcripts.editing import edit


def segment(number: int, start: float, said: str, speaker: str) -> Segment:
    words = tuple(
        Word(f"w{number * 10 + place}", text, start + place * 0.5, start + place * 0.5 + 0.4)
        for place, text in enumerate(said.split())
    )
    return Segment(f"s{number}", words[0].start_seconds, words[-1].end_seconds, words, "en", speaker)


HEARD = Transcript(
    30.0,
    "en",
    0.9,
    Origin("dummy", "", "", ""),
    (
        segment(1, 0.0, "We need a new boiler. Who pays?", "speaker_1"),
        segment(2, 5.0, "I do.", "speaker_1"),
        segment(3, 10.0, "Good, that is settled.", "speaker_2"),
    ),
)
TURNS = (
    SpeakerTurn(0.0, 4.0, "speaker_1"),
    SpeakerTurn(5.0, 6.5, "speaker_1"),
    SpeakerTurn(6.0, 6.4, "speaker_2"),
    SpeakerTurn(10.0, 12.0, "speaker_2"),
)


def meeting(transcript: Transcript, turns: Sequence[SpeakerTurn] = TURNS) -> Meeting:
    voices = tuple(SpeakerVoice(f"speaker_{n}", 1.0) for n in (1, 2))
    return Meeting(transcript, 2, Diarization(30.0, tuple(turns), voices, engine="local"), minutes=MINUTES)


def edited(*wishes: ops.Operation) -> Meeting:
    """The meeting after one revision a wish."""
    transcript = HEARD
    for number, wish in enumerate(wishes, 2):
        transcript = edit(transcript, [wish], number).transcript
    return meeting(transcript)


def turns_of(found: Meeting) -> list[tuple[float, float, str]]:
    rows = [line.split() for line in meeting_rttm(found, "talk").decode().splitlines()]
    return [(float(row[3]), round(float(row[3]) + float(row[4]), 3), row[7]) for row in rows]


def fusion(found: Meeting) -> list[tuple[str | None, str, bool]]:
    turns = json.loads(result_json(found, "talk"))["fusion"]
    return [(turn["speaker"], turn["text"], turn["overlapped"]) for turn in turns]


def test_turns_stay_as_they_were_heard_where_nobody_corrected_anything() -> None:
    assert turns_of(meeting(HEARD)) == [(one.start_seconds, one.end_seconds, one.speaker) for one in TURNS]


def test_two_people_whom_the_diarization_took_for_one_have_turns_of_their_own() -> None:
    split = edited(
        ops.SplitSpeaker(op="split_speaker", speaker="speaker_1", segments=("s2",), name="Bob"),
        ops.RenameSpeaker(op="rename_speaker", speaker="speaker_1", name="Ana"),
    )
    assert turns_of(split)[:2] == [(0.0, 4.0, "Ana"), (5.0, 6.5, "Bob")]
    assert [one for one in fusion(split) if one[0] != "speaker_2"] == [
        ("Ana", "We need a new boiler. Who pays?", False),
        ("Bob", "I do.", True),
    ]
    people = {one["speaker"]: one for one in json.loads(result_json(split, "talk"))["speakers"]}
    assert people["Ana"]["speech_seconds"] == 4.0
    assert people["Bob"]["speech_seconds"] == 1.5


def test_a_turn_is_cut_where_a_person_says_that_somebody_else_goes_on() -> None:
    given = edited(ops.AssignWords(op="assign_words", words=("w15", "w16"), speaker="Bob"))
    assert turns_of(given)[:3] == [(0.0, 2.45, "speaker_1"), (2.45, 4.0, "Bob"), (5.0, 6.5, "speaker_1")]
    assert ("Bob", "Who pays?", False) in fusion(given)


def test_a_sentence_that_a_person_moved_is_no_turn_of_the_one_before() -> None:
    moved = edited(ops.SetSegments(op="set_segments", segments=("s2",), speaker="speaker_2"))
    # What was heard of the other meanwhile is the same person's now.
    assert turns_of(moved) == [(0.0, 4.0, "speaker_1"), (5.0, 6.5, "speaker_2"), (10.0, 12.0, "speaker_2")]
    assert ("speaker_1", "", True) not in fusion(moved)


def test_somebody_elses_turn_in_crosstalk_is_not_cut() -> None:
    turns = (SpeakerTurn(0.0, 4.0, "speaker_1"), SpeakerTurn(0.0, 1.5, "speaker_2"), *TURNS[1:])
    given = edited(ops.AssignWords(op="assign_words", words=("w10", "w11"), speaker="speaker_2"))
    assert turns_of(meeting(given.transcript, turns))[:2] == [
        (0.0, 4.0, "speaker_1"),
        (0.0, 1.5, "speaker_2"),
    ]


def test_one_person_whom_the_diarization_took_for_two_does_not_speak_over_themselves() -> None:
    merged = edited(ops.MergeSpeakers(op="merge_speakers", speakers=("speaker_1", "speaker_2"), name="Ana"))
    assert turns_of(merged) == [(0.0, 4.0, "Ana"), (5.0, 6.5, "Ana"), (10.0, 12.0, "Ana")]


MINUTES = Minutes(
    "en",
    MinutesMethod.WRITTEN,
    "some model",
    "The boiler",
    decisions=(MinutesLine("A new boiler", (Moment(0.0, 2.4, "We need a new boiler.", "s1", "speaker_1"),)),),
    actions=(
        ActionItem("pay", (Moment(5.0, 5.9, "I do.", "s2", "speaker_1"),), "speaker_1"),
        ActionItem("settle it", (Moment(2.5, 3.4, "Who pays?", "s1", "speaker_1"),), "speaker_2"),
        ActionItem("call", (Moment(2.5, 3.4, "Who pays?", "s1", "speaker_1"),), "Cyril"),
    ),
)


def named(found: Meeting) -> tuple[list[str | None], list[str | None]]:
    """Who is quoted, and who is to do something."""
    minutes = found.minutes_now()
    assert minutes is not None
    moments = [one.moments[0] for one in minutes.decisions] + [one.moments[0] for one in minutes.actions]
    return [moment.speaker for moment in moments], [one.who for one in minutes.actions]


def test_minutes_of_a_cue_that_was_joined_to_another_follow_a_new_name() -> None:
    joined = edited(
        ops.MergeSegments(op="merge_segments", segments=("s1", "s2")),
        ops.RenameSpeaker(op="rename_speaker", speaker="speaker_1", name="Ana"),
    )
    assert named(joined) == (["Ana"] * 4, ["Ana", "speaker_2", "Cyril"])


@pytest.mark.parametrize("with_turns", [True, False])
def test_minutes_of_a_part_of_a_cue_are_of_whom_it_was_given_to(with_turns: bool) -> None:
    given = edited(ops.AssignWords(op="assign_words", words=("w15", "w16"), speaker="Ben"))
    if not with_turns:
        given = replace(given, diarization=None)
    quoted, who = named(given)
    assert quoted == ["speaker_1", "speaker_1", "Ben", "Ben"]
    assert who == ["speaker_1", "speaker_2", "Cyril"]


def test_who_is_to_do_something_that_somebody_else_asks_for_follows_a_new_name() -> None:
    renamed = edited(ops.RenameSpeaker(op="rename_speaker", speaker="speaker_2", name="Ben"))
    assert named(renamed)[1] == ["speaker_1", "Ben", "Cyril"]


def test_so_does_whoever_is_quoted_where_nobody_was_told_apart() -> None:
    renamed = edited(ops.RenameSpeaker(op="rename_speaker", speaker="speaker_1", name="Ana"))
    asked = ActionItem(
        "rest", (Moment(10.0, 11.9, "Good, that is settled.", "s3", "speaker_2"),), "speaker_1"
    )
    minutes = replace(MINUTES, actions=(*MINUTES.actions, asked))
    told = replace(renamed, diarization=None, minutes=minutes)
    assert named(told)[1] == ["Ana", "speaker_2", "Cyril", "Ana"]


def test_a_quote_that_was_taken_out_since_has_the_new_name_too() -> None:
    gone = edited(
        ops.RewriteSegment(op="rewrite_segment", segment="s2", text=""),
        ops.RenameSpeaker(op="rename_speaker", speaker="speaker_1", name="Ana"),
    )
    assert named(gone) == (["Ana"] * 4, ["Ana", "speaker_2", "Cyril"])
