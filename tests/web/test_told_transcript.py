"""A transcript as pages tell it."""

from dataclasses import replace

import pytest
from tests.api.installation import spoken

from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.engines.builtin.coverage_guard import REPEATS, UNLIKELY
from surtitle.web.told_speakers import speakers_of
from surtitle.web.told_transcript import ANY_DOUBT, COLOURS, DOUBTS, Piece, doubts_in, turns_of


def said(
    number: int, speaker: str | None, doubtful: str | None = None, confidence: float | None = None
) -> Segment:
    start = float(number)
    words = (
        Word("a", "Hi", start + 0.1, start + 0.3),
        Word("b", "😀!", start + 0.4, start + 0.5, confidence),
        Word("c", "-ho", start + 0.5, start + 0.75, glued=True),
    )
    return Segment(f"s{number}", start, start + 1, words, speaker=speaker, doubtful=doubtful)


def of(*segments: Segment) -> Transcript:
    return replace(spoken("x"), segments=segments)


def test_turns_are_of_one_speaker_each_and_keep_their_colour() -> None:
    speakers = ["speaker_1", "speaker_1", "Bo", "speaker_1"]
    told = list(turns_of(of(*[said(n, who) for n, who in enumerate(speakers)])))
    assert [(turn.speaker, turn.colour, len(turn.phrases)) for turn in told] == [
        ("Speaker 1", 1, 2),
        ("Bo", 2, 1),
        ("Speaker 1", 1, 1),
    ]


def test_more_speakers_than_colours_begin_again() -> None:
    told = turns_of(of(*[said(n, f"speaker_{n + 1}") for n in range(COLOURS + 1)]))
    assert [turn.colour for turn in told] == [1, 2, 3, 4, 5, 6, 1]


def test_the_times_of_words_are_counted_from_their_phrase() -> None:
    [turn] = turns_of(of(said(7, None)))
    [phrase] = turn.phrases
    assert (turn.colour, phrase.text, phrase.times) == (0, "Hi 😀!-ho", "10,30,2 40,50,2 50,75,3")


def test_a_word_that_is_not_sure_stands_by_itself_and_says_how_sure_it_is() -> None:
    [turn] = turns_of(of(said(0, None, confidence=0.314)))
    [phrase] = turn.phrases
    assert phrase.pieces == (Piece("Hi "), Piece("😀!", 31), Piece("-ho"))
    assert phrase.times == "10,30,2 40,50,2,31 50,75,3"


@pytest.mark.parametrize("confidence", [None, 0.5, 1.0])
def test_a_word_that_is_sure_enough_or_written_by_a_person_is_not_marked(confidence: float | None) -> None:
    [turn] = turns_of(of(said(0, None, confidence=confidence)))
    assert turn.phrases[0].pieces == (Piece("Hi 😀!-ho"),)


@pytest.mark.parametrize("reason", [REPEATS, UNLIKELY, "an engine's own reason"])
def test_a_doubt_has_its_reason(reason: str) -> None:
    [turn] = turns_of(of(said(0, None, reason)))
    assert turn.phrases[0].doubts == (DOUBTS.get(reason, ANY_DOUBT),)


def test_a_phrase_that_was_made_of_several_has_the_reasons_of_all() -> None:
    [turn] = turns_of(of(said(0, None, f"{REPEATS}; {UNLIKELY}")))
    assert turn.phrases[0].doubts == (DOUBTS[REPEATS], DOUBTS[UNLIKELY])


def test_the_doubts_of_the_recogniser_are_known_by_name() -> None:
    assert set(DOUBTS) == {REPEATS, UNLIKELY}


def test_doubtful_places_are_counted() -> None:
    assert doubts_in(of(said(0, None, REPEATS), said(1, None, confidence=0.1), said(2, None))) == 2


def test_speakers_have_their_share_of_what_is_said() -> None:
    ana, bo = speakers_of(of(said(3, "speaker_2"), said(4, "Bo"), said(5, "speaker_2"), said(6, None)))
    assert (ana.key, ana.name, ana.colour, ana.is_named, ana.at) == (
        "speaker_2",
        "Speaker 2",
        1,
        False,
        "0:03",
    )
    assert (bo.name, bo.colour, bo.is_named) == ("Bo", 2, True)
    assert (round(ana.share, 2), round(bo.share, 2)) == (0.67, 0.33)
