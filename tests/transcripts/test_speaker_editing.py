from dataclasses import replace
from typing import Any

import pytest
from tests.transcripts.edits import OPERATION

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.editing import edit
from surtitle.transcripts.errors import ImpossibleEdit


@pytest.fixture
def meeting(transcript: Transcript) -> Transcript:
    first, second = transcript.segments
    return replace(
        transcript, segments=(replace(first, speaker="speaker_1"), replace(second, speaker="speaker_2"))
    )


def speakers(transcript: Transcript) -> list[tuple[str, str | None]]:
    return [(segment.id, segment.speaker) for segment in transcript.segments]


def after(transcript: Transcript, **wish: Any) -> Transcript:
    return edit(transcript, [OPERATION.validate_python(wish)], 2).transcript


def test_a_speaker_gets_a_name_everywhere(meeting: Transcript) -> None:
    named = after(meeting, op="rename_speaker", speaker="speaker_1", name="  Ana  Pérez ")
    assert speakers(named) == [("s1", "Ana Pérez"), ("s2", "speaker_2")]


def test_a_person_who_was_taken_for_two_becomes_one(meeting: Transcript) -> None:
    merged = after(meeting, op="merge_speakers", speakers=["speaker_2", "speaker_1"])
    assert speakers(merged) == [("s1", "speaker_2"), ("s2", "speaker_2")]


def test_two_who_were_taken_for_one_become_two(meeting: Transcript) -> None:
    one = after(meeting, op="merge_speakers", speakers=["speaker_1", "speaker_2"], name="Ana")
    split = after(one, op="split_speaker", speaker="Ana", segments=["s2"], name="Bo")
    assert speakers(split) == [("s1", "Ana"), ("s2", "Bo")]


def test_a_sentence_in_a_segment_is_given_to_another(meeting: Transcript) -> None:
    given = after(meeting, op="assign_words", words=["w2", "w3"], speaker="Ana")
    who = [("s1", "speaker_1"), ("s2.1", "Ana"), ("s2.2", "speaker_1"), ("s2", "speaker_2")]
    assert speakers(given) == who
    assert [word.id for word in given.words] == [word.id for word in meeting.words]
    assert given.segments[1].start_seconds == meeting.words[1].start_seconds
    words = [word.id for word in meeting.segments[0].words]
    whole = after(meeting, op="assign_words", words=words, speaker=None)
    assert speakers(whole) == [("s1", None), ("s2", "speaker_2")]


@pytest.mark.parametrize(
    ("wish", "why"),
    [
        ({"op": "rename_speaker", "speaker": "Zoe", "name": "Ana"}, "there are: speaker_1, speaker_2"),
        ({"op": "rename_speaker", "speaker": "speaker_1", "name": "speaker_2"}, "merge_speakers makes one"),
        ({"op": "rename_speaker", "speaker": "speaker_1", "name": " "}, "the name is empty"),
        ({"op": "merge_speakers", "speakers": ["speaker_1", "Zoe"]}, "nobody in this revision"),
        ({"op": "split_speaker", "speaker": "speaker_1", "segments": ["s2"], "name": "Bo"}, "'s2' is not of"),
        ({"op": "assign_words", "words": ["w1", "w3"], "speaker": "Bo"}, "follow each other"),
        ({"op": "assign_words", "words": ["w1"], "speaker": " "}, "send null"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    meeting: Transcript, wish: dict[str, Any], why: str
) -> None:
    with pytest.raises(ImpossibleEdit, match=why):
        after(meeting, **wish)
