"""From a text as people send it to sentences and silences."""

import pytest

from surtitle.pipelines.speech.markup import Pause, pieces_of, plain
from surtitle.pipelines.speech.plan import Part, Sentence, Silence, planned
from surtitle.pipelines.speech.sentences import MOST_CHARACTERS, sentences_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Title\n**Bold** and _it_ [a link](http://x.org)", "Title\nBold and it a link"),
        ("<p>One &amp; two</p> 2 < 3", "One & two  2 < 3"),
        ("&lt;b&gt; stays", "<b> stays"),
        ("Hi 😀 there 👍🏽!", "Hi  there !"),
        ("a\u200bb\x07c", "abc"),
        ("snake_case `code`", "snake_case code"),
        ("[[a]] $(rm -rf /) ; |", "a $(rm -rf /) ;"),
        ("12,500[3] tonnes[b][c] of fish[^4]", "12,500 tonnes of fish"),
        ("grew.[1](https://x.org)[2](https://y.org) So", "grew. So"),
        ('"[a] man," [2] said', '"a man," 2 said'),
    ],
)
def test_what_is_for_the_eye_is_left_out(text: str, said: str) -> None:
    assert list(pieces_of(text)) == [said]


def test_no_mark_that_is_left_out_makes_another_figure() -> None:
    assert list(pieces_of("in 1998[2] and 2*3, 10^6")) == ["in 1998 and 2 3, 10 6"]
    assert list(sentences_of(plain("In 1998.[2] It grew."), "en")) == ["In 1998.", "It grew."]


@pytest.mark.parametrize(
    ("mark", "seconds"),
    [
        ("[pause]", 0.5),
        ("[PAUSE 0.25s]", 0.25),
        ("[pause 800ms]", 0.8),
        ('<break time="500ms"/>', 0.5),
        ("<break time='2s' />", 2.0),
        ('<break strength="weak"/>', 0.2),
        ("[pause 99999s]", 10.0),
    ],
)
def test_pauses_are_as_long_as_they_are_told_up_to_ten_seconds(mark: str, seconds: float) -> None:
    assert list(pieces_of(f"One {mark} two")) == ["One", Pause(seconds), "two"]


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("en", "Dr. Smith came. He left at 5. Why?", ["Dr. Smith came.", "He left at 5.", "Why?"]),
        ("en", "J. R. R. Tolkien wrote. So.", ["J. R. R. Tolkien wrote.", "So."]),
        ("en", 'He said "Go!" and it was 3.5 long. yes', ['He said "Go!" and it was 3.5 long. yes']),
        ("en", "Sure? No. I am not. A fig. So.", ["Sure?", "No.", "I am not.", "A fig.", "So."]),
        ("en", "See No. 5 and fig. 2. So.", ["See No. 5 and fig. 2.", "So."]),
        ("de", "Am 5. März. Dann z. B. Hans.", ["Am 5. März.", "Dann z. B. Hans."]),
        ("en", "A title\n\nA text", ["A title", "A text"]),
    ],
)
def test_points_of_abbreviations_end_no_sentence(language: str, text: str, sentences: list[str]) -> None:
    assert list(sentences_of(text, language)) == sentences


@pytest.mark.parametrize("text", ["word " * 4000, "x" * 5000, "a, " * 3000, "!" * 5000])
def test_no_sentence_is_longer_than_an_engine_speaks_well(text: str) -> None:
    pieces = list(sentences_of(text, "en"))
    assert max(map(len, pieces)) <= MOST_CHARACTERS or set(text) == {"!"}
    assert "".join("".join(pieces).split()) == "".join(text.split())


def _shape(parts: list[Part]) -> list[object]:
    return [part.said if isinstance(part, Sentence) else part.seconds for part in parts]


def test_sentences_and_passages_stand_apart_and_pauses_asked_for_replace_ours() -> None:
    parts = list(planned(["One. Two.", "Three. [pause 2s] Four. [pause 1s]"], "en"))

    assert _shape(parts) == ["One.", 0.3, "Two.", 0.55, "Three.", 2.0, "Four.", 1.0]
    assert [part.passage for part in parts] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert [part.asked_for for part in parts if isinstance(part, Silence)] == [False, False, True, True]


def test_what_holds_no_word_is_not_spoken() -> None:
    assert list(planned(["😀 — … !!!", "", "***"], "en")) == []


def test_a_text_is_planned_no_further_than_it_is_read() -> None:
    def passages() -> list[str]:
        return ["A sentence that is said. " * 20_000]

    first = next(planned(passages(), "en"))
    assert isinstance(first, Sentence)
    assert first.said == "A sentence that is said."
