from dataclasses import replace
from typing import Any

import pytest
from tests.transcripts.edits import OPERATION

from surtitle.domain.transcript import PERSON, OriginKind, Segment, Transcript, Word
from surtitle.transcripts.draft import MAX_WORDS
from surtitle.transcripts.editing import edit
from surtitle.transcripts.errors import ImpossibleEdit


def after(transcript: Transcript, *wishes: dict[str, Any]) -> Transcript:
    return edit(transcript, [OPERATION.validate_python(wish) for wish in wishes], 2).transcript


def unspaced(transcript: Transcript) -> Transcript:
    """The same, where somebody greets in English and goes on in Chinese."""
    words = tuple(
        Word(f"w{number}", text, number / 2, number / 2 + 0.4, 0.9, glued=number > 2)
        for number, text in enumerate(("Hello", *"你好吗"), 1)
    )
    return replace(transcript, segments=(Segment("s1", 0.5, 2.4, words, "zh"),))


def said(transcript: Transcript) -> list[tuple[str, str]]:
    return [(word.id, word.text) for word in transcript.words]


def test_a_changed_word_keeps_its_id_and_is_a_persons(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "change_word", "word": "w3", "text": "Zoe"})
    assert edited.words[2] == Word("w3", "Zoe", 1.3, 1.6, None, origin=PERSON)
    assert edited.origins[PERSON].kind is OriginKind.PERSON
    assert edited.words[0] == transcript.words[0]


def test_times_alone_leave_the_text_its_engines(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "change_word", "word": "w1", "start_seconds": 0.25})
    assert edited.words[0] == replace(transcript.words[0], start_seconds=0.25)
    assert edited.segments[0].start_seconds == 0.25
    assert edited.origins == {}


def test_inserted_words_take_the_time_of_the_gap(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "insert_words", "after": "w5", "text": " How \u0000are\tyou? "})
    new = [word for word in edited.words if word.id.startswith("w2.")]
    assert [(word.id, word.text) for word in new] == [("w2.1", "How"), ("w2.2", "are"), ("w2.3", "you?")]
    assert new[0].start_seconds == 2.4
    assert new[-1].end_seconds < 5.0
    assert edited.segments[0].end_seconds == new[-1].end_seconds


def test_what_was_glued_to_a_deleted_word_does_not_stick_to_another(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "delete_words", "words": ["w4"]})
    assert edited.segments[0].text == "Good morning, Zoë -Smith."
    edited = after(transcript, {"op": "replace_text", "find": "Müller", "replace": ""})
    assert edited.segments[0].text == "Good morning, Zoë -Smith."


def test_a_segment_goes_with_its_last_word(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "delete_words", "words": ["w7", "w6"]})
    assert [segment.id for segment in edited.segments] == ["s1"]


def test_split_and_merge_keep_the_first_id(transcript: Transcript) -> None:
    split = after(transcript, {"op": "split_word", "word": "w1", "at": 2})
    assert said(split)[:2] == [("w1", "Go"), ("w2.1", "od")]
    assert (split.words[0].end_seconds, split.words[1].start_seconds) == (0.65, 0.65)
    merged = edit(transcript, [OPERATION.validate_python({"op": "merge_words", "words": ["w4", "w5"]})], 2)
    assert said(merged.transcript)[3] == ("w4", "Müller-Smith.")
    assert merged.transcript.words[3].end_seconds == 2.4
    assert merged.kin == {"w5": "w4"}


def test_segments_split_and_merge(transcript: Transcript) -> None:
    split = after(transcript, {"op": "split_segment", "before": "w3"})
    assert [(one.id, one.text, one.start_seconds) for one in split.segments[:2]] == [
        ("s1", "Good morning,", 0.5),
        ("s2.1", "Zoë Müller-Smith.", 1.3),
    ]
    merged = after(transcript, {"op": "merge_segments", "segments": ["s1", "s2"]})
    assert [(one.id, len(one.words), one.doubtful) for one in merged.segments] == [
        ("s1", 7, "no voice was heard here")
    ]


def test_the_documents_language_is_the_one_spoken_longest(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "set_segments", "segments": ["s1"], "language": "German"})
    assert (edited.language, edited.language_probability) == ("de", None)


def test_doubt_can_be_taken_away(transcript: Transcript) -> None:
    assert after(transcript, {"op": "accept_segments", "segments": ["s2"]}).segments[1].doubtful is None


def test_a_word_that_a_person_takes_for_right_is_theirs(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "accept_words", "words": ["w4"]})
    assert edited.words[3] == replace(transcript.words[3], confidence=None, origin=PERSON)
    assert edited.words[4] == transcript.words[4]


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"find": "GOOD", "replace": "Bad"}, "Bad morning, Zoë Müller-Smith."),
        ({"find": "good morning", "replace": "Hello"}, "Hello, Zoë Müller-Smith."),
        ({"find": "o", "replace": "0"}, "G00d m0rning, Z0ë Müller-Smith."),
        ({"find": "zoë müller-smith", "replace": "Ann"}, "Good morning, Ann."),
        ({"find": "morning", "replace": "very good evening"}, "Good very good evening, Zoë Müller-Smith."),
        ({"find": "Müller", "replace": "Maier", "match_case": True}, "Good morning, Zoë Maier-Smith."),
        ({"find": ".", "replace": "!"}, "Good morning, Zoë Müller-Smith!"),
        ({"find": "Müller-Smith", "replace": "Müller Smith"}, "Good morning, Zoë Müller Smith."),
        ({"find": "-", "replace": " "}, "Good morning, Zoë Müller Smith."),
        ({"find": "Müller", "replace": " "}, "Good morning, Zoë -Smith."),
    ],
)
def test_a_text_is_found_and_replaced_across_words(
    transcript: Transcript, wish: dict[str, Any], text: str
) -> None:
    edited = after(transcript, {"op": "replace_text", "segments": ["s1"], **wish})
    assert edited.segments[0].text == text


@pytest.mark.parametrize(
    ("find", "put", "text"),
    [
        ("你好", "hello there", "Hello hello there吗"),
        ("你好吗", "are you well", "Hello are you well"),
        ("好", " ", "Hello 你 吗"),
        ("好", "", "Hello 你吗"),
        ("你", "我", "Hello 我好吗"),
    ],
)
def test_what_is_written_without_spaces_is_replaced_by_the_letter(
    transcript: Transcript, find: str, put: str, text: str
) -> None:
    edited = after(unspaced(transcript), {"op": "replace_text", "find": find, "replace": put})
    assert edited.segments[0].text == text


def test_a_word_without_spaces_that_loses_its_beginning_keeps_the_space_before_it(
    transcript: Transcript,
) -> None:
    edited = after(unspaced(transcript), {"op": "rewrite_segment", "segment": "s1", "text": "Hello 好吗"})
    assert said(edited) == [("w1", "Hello"), ("w3", "好"), ("w4", "吗")]
    assert edited.segments[0].text == "Hello 好吗"


def test_whole_words_and_case_narrow_the_search(transcript: Transcript) -> None:
    for narrow in ({"find": "oo", "whole_words": True}, {"find": "good", "match_case": True}):
        with pytest.raises(ImpossibleEdit, match="nowhere"):
            after(transcript, {"op": "replace_text", "replace": "x", **narrow})


def test_words_that_a_replacement_leaves_alone_stay_their_engines(transcript: Transcript) -> None:
    edited = after(transcript, {"op": "replace_text", "find": "good morning", "replace": "Good evening"})
    assert edited.words[0] == transcript.words[0]
    assert (edited.words[1].id, edited.words[1].text, edited.words[1].origin) == ("w2", "evening,", PERSON)


def test_a_transcript_without_words_can_be_written(transcript: Transcript) -> None:
    empty = replace(transcript, segments=())
    edited = after(empty, {"op": "insert_words", "text": "Hello there", "start_seconds": 1, "end_seconds": 2})
    assert edited.text == "Hello there"
    assert edited.words[-1].end_seconds == 2


@pytest.mark.parametrize(
    ("wish", "field", "message"),
    [
        ({"op": "change_word", "word": "w99", "text": "x"}, "word", "no word 'w99'"),
        ({"op": "change_word", "word": "w1", "text": "\x00\u200b"}, "text", "nothing that can be read"),
        ({"op": "change_word", "word": "w1", "text": "x" * 1001}, "text", "1000 characters"),
        ({"op": "change_word", "word": "w2", "start_seconds": 0.7}, "start_seconds", "ends at 0.8"),
        ({"op": "change_word", "word": "w2", "end_seconds": 1.4}, "end_seconds", "is at 1.3"),
        ({"op": "change_word", "word": "w2", "end_seconds": 0.1}, "end_seconds", "before it starts"),
        ({"op": "change_word", "word": "w7", "end_seconds": 8.001}, "end_seconds", "is at 8.0"),
        ({"op": "insert_words", "text": "x"}, "after", "say where"),
        ({"op": "delete_words", "words": ["w1", "w1.1"]}, "words", "no word 'w1.1'"),
        ({"op": "split_word", "word": "w1", "at": 4}, "at", "4 characters"),
        ({"op": "split_word", "word": "w1", "at": 1, "at_seconds": 0.9}, "at_seconds", "not in it"),
        ({"op": "merge_words", "words": ["w1", "w3"]}, "words", "follow each other"),
        ({"op": "merge_words", "words": ["w5", "w6"]}, "words", "one segment"),
        ({"op": "merge_words", "words": ["w1", "w2"], "text": "a b"}, "text", "no spaces"),
        ({"op": "split_segment", "before": "w1"}, "before", "already"),
        ({"op": "merge_segments", "segments": ["s2", "s1"]}, "segments", "follow each other"),
        ({"op": "set_segments", "segments": ["s9"], "speaker": "x"}, "segments", "no segment 's9'"),
        ({"op": "set_segments", "segments": ["s1"], "speaker": " "}, "speaker", "null"),
        ({"op": "replace_text", "find": "\x00", "replace": "x"}, "find", "empty"),
    ],
)
def test_what_cannot_be_done_is_told_by_operation_and_field(
    transcript: Transcript, wish: dict[str, Any], field: str, message: str
) -> None:
    possible = {"op": "accept_segments", "segments": ["s2"]}
    with pytest.raises(ImpossibleEdit, match=message) as refused:
        after(transcript, possible, wish)
    assert refused.value.fields == {"field": f"operations.1.{field}", "operation": 1}


def test_cues_of_chinese_are_joined_without_a_space(transcript: Transcript) -> None:
    segments = tuple(
        Segment(f"s{n}", n, n + 0.9, (Word(f"w{n}", text, n, n + 0.9),), "zh")
        for n, text in enumerate(("我们今天", "去看电影。"), 1)
    )
    merged = after(replace(transcript, segments=segments), {"op": "merge_segments", "segments": ["s1", "s2"]})
    assert [segment.text for segment in merged.segments] == ["我们今天去看电影。"]


def test_no_request_makes_an_endless_document() -> None:
    words = tuple(Word(f"w{n}", "a" * 40, n / 1000, n / 1000) for n in range(5000))
    transcript = Transcript(9.0, None, None, None, (Segment("s1", 0, 5, words),))  # type: ignore[arg-type]
    grow = {"op": "replace_text", "find": "a", "replace": "b" * 20}
    with pytest.raises(ImpossibleEdit, match="characters at most; make several"):
        after(transcript, grow)
    with pytest.raises(ImpossibleEdit, match="5000 are the most"):
        after(transcript, {"op": "insert_words", "after": "w1", "text": "one more"})
    with pytest.raises(ImpossibleEdit, match="20 of replace_text"):
        after(transcript, *([{"op": "replace_text", "find": "a", "replace": "a"}] * 21))


def test_no_edit_makes_a_document_of_more_words_than_can_be_worked_with(transcript: Transcript) -> None:
    each = 2000
    segments = tuple(
        Segment(
            f"s{first}", 0.5, 0.5, tuple(Word(f"w{first + place}", "a", 0.5, 0.5) for place in range(each))
        )
        for first in range(1, MAX_WORDS, each)
    )
    full = replace(transcript, segments=segments)
    assert len(full.words) == MAX_WORDS
    with pytest.raises(ImpossibleEdit, match=f"{MAX_WORDS} are the most"):
        after(full, {"op": "change_word", "word": "w1", "text": "a b"})
    swapped = ({"op": "delete_words", "words": ["w1"]}, {"op": "change_word", "word": "w2", "text": "a b"})
    assert len(after(full, *swapped).words) == MAX_WORDS
