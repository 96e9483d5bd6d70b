"""The guard's decisions, with readings made up: what Whisper really does is in `test_whisper.py`."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from surtitle.domain.recognition import RecognizedSegment, RecognizedWord
from surtitle.domain.transcript import Stretch
from surtitle.engines.builtin.coverage_guard import REPEATS, UNLIKELY, Segments, guarded

SPEECH = (Stretch(0, 4), Stretch(5, 9), Stretch(10, 14))


def said(text: str, start: float, end: float, doubtful: str | None = None) -> RecognizedSegment:
    """`text` with its words spread evenly over the time."""
    texts = text.split()
    step = (end - start) / len(texts)
    words = tuple(
        RecognizedWord(f" {word}", start + step * number, start + step * (number + 1), 0.9)
        for number, word in enumerate(texts)
    )
    return RecognizedSegment(start, end, words, "en", -0.3, doubtful)


def text_of(segments: Segments) -> str:
    return "".join(word.text for segment in segments for word in segment.words).strip()


def never(_part: Stretch) -> Segments:
    raise AssertionError("nothing was to be heard again")


def answering(*segments: RecognizedSegment) -> tuple[list[Stretch], Callable[[Stretch], Segments]]:
    asked: list[Stretch] = []

    def read_again(part: Stretch) -> Segments:
        asked.append(part)
        return segments

    return asked, read_again


ONE = said("one two three four", 0.1, 3.9)
TWO = said("five six seven eight", 5.1, 8.9)
THREE = said("nine ten eleven twelve", 10.1, 13.9)


def test_a_reading_with_words_for_all_speech_stands() -> None:
    assert guarded((ONE, TWO, THREE), SPEECH, never) == (ONE, TWO, THREE)


def test_an_utterance_lost_in_the_middle_is_heard_again_on_its_own() -> None:
    asked, read_again = answering(TWO)
    assert text_of(guarded((ONE, THREE), SPEECH, read_again)) == (
        "one two three four five six seven eight nine ten eleven twelve"
    )
    assert asked == [Stretch(4.5, 9.5)]


def test_an_utterance_that_cannot_be_heard_changes_nothing() -> None:
    _, read_again = answering()
    assert guarded((ONE, THREE), SPEECH, read_again) == (ONE, THREE)


@pytest.mark.parametrize("doubt", [REPEATS, UNLIKELY])
def test_a_doubtful_second_reading_is_not_better(doubt: str) -> None:
    _, read_again = answering(said("so so so so", 5.1, 8.9, doubt))
    assert guarded((ONE, THREE), SPEECH, read_again) == (ONE, THREE)


def test_a_loop_gives_way_to_a_plain_reading() -> None:
    loop = said("is is is is is is is is", 5.1, 8.9, REPEATS)
    _, read_again = answering(TWO)
    assert guarded((ONE, loop, THREE), SPEECH, read_again) == (ONE, TWO, THREE)


def test_a_loop_stays_where_the_second_reading_is_all_but_empty() -> None:
    loop = said("is is is is is is is is", 5.1, 8.9, REPEATS)
    _, read_again = answering(said("is", 5.1, 5.3))
    assert guarded((ONE, loop, THREE), SPEECH, read_again) == (ONE, loop, THREE)


def test_without_a_pause_the_cut_is_behind_the_last_word_and_repeats_nothing() -> None:
    speech = (Stretch(0, 30),)
    first = (said("a b c d e f g h i j k l", 0, 12), said("u v w x y z", 21, 30))
    asked, read_again = answering(said("l m n o p q r s t", 12.2, 20.6))
    assert (
        text_of(guarded(first, speech, read_again)) == "a b c d e f g h i j k l m n o p q r s t u v w x y z"
    )
    assert asked[0].start_seconds == pytest.approx(12.25)


def test_faults_that_lie_together_are_heard_again_together() -> None:
    speech = (Stretch(0, 10), Stretch(11, 12))
    first = (said("a b c d", 0, 2), said("h i", 5, 6), said("o p q r", 8, 10), said("s", 11, 12))
    second = said("a b c d e f g h i j k l m n o p q r", 0, 10)
    asked, read_again = answering(second)
    assert text_of(guarded(first, speech, read_again)) == "a b c d e f g h i j k l m n o p q r s"
    assert asked == [Stretch(-1, 10.5)]


def test_a_loop_behind_all_sure_speech_is_heard_again_too() -> None:
    loop = said("is is is is is is is is", 16.0, 19.0, REPEATS)
    plain = said("thirteen fourteen fifteen", 16.2, 18.5)
    asked, read_again = answering(plain)
    assert guarded((ONE, TWO, THREE, loop), SPEECH, read_again) == (ONE, TWO, THREE, plain)
    (region,) = asked
    assert [region.start_seconds, region.end_seconds] == pytest.approx([15, 19.05])


def test_a_loop_before_all_sure_speech_is_heard_from_where_it_begins() -> None:
    speech = tuple(Stretch(one.start_seconds + 20, one.end_seconds + 20) for one in SPEECH)
    loop = said("is is is is is is is is", 10.0, 13.0, REPEATS)
    asked, read_again = answering()
    guarded((loop, said("one two three four", 20.1, 23.9)), speech[:1], read_again)
    assert asked[0].start_seconds == pytest.approx(9.95)


def unspaced(text: str, start: float, end: float, language: str) -> RecognizedSegment:
    spaced = said(" ".join(text), start, end)
    words = tuple(replace(word, text=word.text.strip()) for word in spaced.words)
    return replace(spaced, words=words, language=language)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("th", "ขาพเจามาจากประเทศไทยและชอบอาหารทะเลมาก"),
        ("ja", "わたしはにほんからきましたそしてたべものがとてもすきですいまはとうきょうにすんでいます"),
    ],
)
def test_ordinary_text_of_few_letters_does_not_go_round(language: str, sentence: str) -> None:
    second = unspaced(sentence, 5.1, 8.9, language)
    _, read_again = answering(second)
    assert guarded((ONE, THREE), SPEECH, read_again) == (ONE, second, THREE)


def test_a_second_reading_that_goes_round_without_spaces_is_no_better() -> None:
    _, read_again = answering(unspaced("ขอบคุณ" * 6, 5.1, 8.9, "th"))
    assert guarded((ONE, THREE), SPEECH, read_again) == (ONE, THREE)
