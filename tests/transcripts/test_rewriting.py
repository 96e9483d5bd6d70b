"""A segment written anew, and moved: which words stay what they were."""

from typing import Any

import pytest
from tests.transcripts.edits import OPERATION

from surtitle.domain.transcript import PERSON, Transcript
from surtitle.transcripts.editing import edit
from surtitle.transcripts.errors import ImpossibleEdit


def after(transcript: Transcript, **wish: Any) -> Transcript:
    return edit(transcript, [OPERATION.validate_python(wish)], 2).transcript


def rewritten(transcript: Transcript, text: str, segment: str = "s1") -> Transcript:
    return after(transcript, op="rewrite_segment", segment=segment, text=text)


def test_words_that_stay_are_the_very_same(transcript: Transcript) -> None:
    edited = rewritten(transcript, "Good evening, Zoë Müller-Smith.")
    assert edited.segments[0].text == "Good evening, Zoë Müller-Smith."
    [changed] = [word for word, old in zip(edited.words, transcript.words, strict=True) if word != old]
    assert (changed.id, changed.start_seconds, changed.origin) == (
        "w2",
        transcript.words[1].start_seconds,
        PERSON,
    )


def test_a_new_word_gets_a_new_id_and_some_of_the_time(transcript: Transcript) -> None:
    edited = rewritten(transcript, "Good morning, dear Zoë Müller-Smith.")
    assert [word.id for word in edited.segments[0].words] == ["w1", "w2", "w2.1", "w3", "w4", "w5"]
    new = edited.segments[0].words[2]
    assert new.end_seconds - new.start_seconds > 0.05
    starts = [word.start_seconds for word in edited.words]
    assert starts == sorted(starts)


def test_words_between_words_go(transcript: Transcript) -> None:
    edited = rewritten(transcript, "Good Müller-Smith.")
    assert [word.id for word in edited.segments[0].words] == ["w1", "w4", "w5"]
    assert edited.segments[0].text == "Good Müller-Smith."


@pytest.mark.parametrize("text", ["Good morning, Zoë Müller-Jones.", "Good morning, Zoë Maier-Smith."])
def test_what_is_written_without_a_space_keeps_its_words(transcript: Transcript, text: str) -> None:
    edited = rewritten(transcript, text)
    assert edited.segments[0].text == text
    assert [word.id for word in edited.segments[0].words] == [
        word.id for word in transcript.segments[0].words
    ]


def test_a_space_parts_what_was_one(transcript: Transcript) -> None:
    assert rewritten(transcript, "Good morning, Zoë Müller Smith.").segments[0].text.endswith("Müller Smith.")


def test_without_a_text_the_segment_goes(transcript: Transcript) -> None:
    assert [one.id for one in rewritten(transcript, " ").segments] == ["s2"]


def test_what_nobody_could_read_is_refused(transcript: Transcript) -> None:
    with pytest.raises(ImpossibleEdit):
        rewritten(transcript, "\u200b")


def test_thousands_of_words_are_rewritten_without_being_compared_one_by_one(transcript: Transcript) -> None:
    text = " ".join(f"a{number % 7}" for number in range(4000))
    assert rewritten(rewritten(transcript, text), text.replace("a3", "b")).segments[0].text == text.replace(
        "a3", "b"
    )


def test_an_edge_that_moves_takes_its_word_with_it(transcript: Transcript) -> None:
    first = transcript.segments[0]
    edited = after(transcript, op="time_segment", segment="s1", start_seconds=first.start_seconds - 0.2)
    assert edited.segments[0].start_seconds == pytest.approx(first.start_seconds - 0.2)
    assert edited.segments[0].words[0].end_seconds == first.words[0].end_seconds
    assert edited.segments[0].words[1:] == first.words[1:]


def test_an_edge_that_passes_words_moves_them_all_in_proportion(transcript: Transcript) -> None:
    first = transcript.segments[0]
    middle = (first.start_seconds + first.end_seconds) / 2
    edited = after(transcript, op="time_segment", segment="s1", start_seconds=middle).segments[0]
    assert edited.start_seconds == pytest.approx(middle, abs=0.001)
    assert edited.end_seconds == first.end_seconds
    lasted = [round(w.end_seconds - w.start_seconds, 2) for w in edited.words]
    assert lasted == [pytest.approx((w.end_seconds - w.start_seconds) / 2, abs=0.011) for w in first.words]


@pytest.mark.parametrize("times", [{"end_seconds": 1e6}, {"start_seconds": 2.4, "end_seconds": 2.4}])
def test_a_segment_stays_between_its_neighbours_and_lasts(
    transcript: Transcript, times: dict[str, float]
) -> None:
    with pytest.raises(ImpossibleEdit):
        after(transcript, op="time_segment", segment="s1", **times)
