from itertools import pairwise

import pytest

from surtitle.domain.options import NumberStyle
from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord, WindowCursor
from surtitle.transcripts.numbers import restyle_numbers, restyling_warning


def window(*sentences: str, language: str | None = "en") -> RecognizedWindow:
    """One segment a sentence, each word half a second long, a fifth of a second apart."""
    segments: list[RecognizedSegment] = []
    at = 0.0
    for sentence in sentences:
        words: list[RecognizedWord] = []
        for text in sentence.split():
            words.append(RecognizedWord(f" {text}", round(at, 3), round(at + 0.5, 3), 0.9))
            at += 0.7
        segments.append(RecognizedSegment(words[0].start_seconds, at, tuple(words), language))
    return RecognizedWindow(0.0, at, tuple(segments), WindowCursor(1, round(at * 16_000)))


def text_of(heard: RecognizedWindow) -> str:
    return "".join(word.text for segment in heard.segments for word in segment.words).strip()


WRITTEN = {
    "en": {
        "I have twenty-one cows.": "I have 21 cows.",
        "She is twenty one, he is thirty.": "She is 21, he is 30.",
        "about five hundred dollars, or twelve thousand": "about 500 dollars, or 12000",
        "in two thousand and twenty four": "in 2024",
        "the (twenty-first) century": "the (21st) century",
        "one hundred twenty five point four zero": "125.40",
        "three point one four": "3.14",
        "one hundred, twenty": "100, 20",
    },
    "fr": {
        "J'ai vingt et un chiens.": "J'ai 21 chiens.",
        "quatre-vingt-dix-sept pour cent": "97 pour cent",
        "à dix heures trente": "à 10 heures 30",
        "au vingt-et-unième siècle": "au 21e siècle",
        "trois virgule quatorze": "3,14",
    },
    "es": {
        "treinta y un días, doscientos euros": "31 días, 200 euros",
        "en dos mil veinticuatro": "en 2024",
        "tres coma catorce": "3,14",
    },
}
LEFT_IN_WORDS = {
    "en": [
        "It was nineteen eighty-four.",
        "at ten thirty",
        "call five five five one two three four",
        "nineteen oh five",
        "one of them, no one knows, wait a second",
        "first of all, seven days",
        "a hundred and two thousand times",
        "hundreds of people, half a million",
        "a twenty second delay",
        "one hundredth of it",
        "two million or 3.5 million",
        "twenty 5",
    ],
    "fr": ["un homme neuf", "cent ans, mille mercis", "zéro six douze trente-quatre", "le premier"],
    "es": ["mil gracias", "un perro, la una", "segundo", "cien personas"],
}
SPOKEN = {
    "en": {
        "I have 21 cows.": "I have twenty-one cows.",
        "Well. 21, (30) and 0": "Well. Twenty-one, (thirty) and zero",
        "in 1984, 1905 or 2024": "in nineteen eighty-four, nineteen oh-five or twenty twenty-four",
        "1,984 people": "one thousand nine hundred eighty-four people",
        "the 21st, at 20%": "the twenty-first, at twenty percent",
        "about 3.05": "about three point zero five",
    },
    "fr": {"J'ai 22 chiens à 3,5": "J'ai vingt-deux chiens à trois virgule cinq", "le 2e": "le deuxième"},
    "es": {"tengo 22 perros": "tengo veintidós perros"},
}
LEFT_IN_DIGITS = {
    "en": ["at 10:30, for $5", "call 555 1234", "call 555-1234", "007, MP3, 1/2 and 12345678", "5 € or 5 %"],
    "fr": ["06 12 34 56", "21 vaches", "10 h 30", "12.500"],
    "es": ["21 casas, 200 libras", "12.500", "el 3º"],
}


@pytest.mark.parametrize(
    ("language", "heard", "wanted"),
    [(language, *pair) for language, pairs in WRITTEN.items() for pair in pairs.items()]
    + [(language, text, text) for language, texts in LEFT_IN_WORDS.items() for text in texts],
)
def test_spoken_numbers_are_written_in_digits_where_they_can_mean_one_thing_only(
    language: str, heard: str, wanted: str
) -> None:
    assert text_of(restyle_numbers(window("Well", heard, language=language), NumberStyle.WRITTEN)) == (
        f"Well {wanted}"
    )


@pytest.mark.parametrize(
    ("language", "heard", "wanted"),
    [(language, *pair) for language, pairs in SPOKEN.items() for pair in pairs.items()]
    + [(language, text, text) for language, texts in LEFT_IN_DIGITS.items() for text in texts],
)
def test_digits_are_written_as_they_are_said_where_that_is_certain(
    language: str, heard: str, wanted: str
) -> None:
    assert text_of(restyle_numbers(window("Well", heard, language=language), NumberStyle.SPOKEN)) == (
        f"Well {wanted}"
    )


def test_several_words_that_become_one_are_spanned_by_it() -> None:
    heard = RecognizedSegment(
        0, 3,
        (
            RecognizedWord(" in", 0.0, 0.3, 0.9),
            RecognizedWord(" twenty", 0.4, 0.8, 0.8),
            # Whisper parts words at hyphens: this one follows without a space.
            RecognizedWord("-one", 0.8, 1.1, 0.5),
            RecognizedWord(" thousand.", 1.2, 1.9, None),
        ),
        "en",
    )  # fmt: skip
    made = restyle_numbers(RecognizedWindow(0, 3, (heard,), WindowCursor()), NumberStyle.WRITTEN)
    assert made.segments[0].words[1:] == (RecognizedWord(" 21000.", 0.4, 1.9, 0.5),)


def test_one_word_that_becomes_several_has_its_time_shared_out() -> None:
    made = restyle_numbers(window("Give me 2,500, please."), NumberStyle.SPOKEN).segments[0].words[2:]
    assert [word.text for word in made] == [" two", " thousand", " five", " hundred,", " please."]
    assert (made[0].start_seconds, made[3].end_seconds) == (1.4, 1.9)
    assert all(one.end_seconds == two.start_seconds for one, two in pairwise(made[:4]))
    assert [word.probability for word in made] == [0.9] * 5


def test_an_engine_that_knows_phrases_only_is_understood_too() -> None:
    phrase = RecognizedSegment(0, 2, (RecognizedWord("I have twenty one cows", 0.0, 2.2, None),), "en")
    made = restyle_numbers(RecognizedWindow(0, 2, (phrase,), WindowCursor()), NumberStyle.WRITTEN)
    assert [(word.text, word.start_seconds) for word in made.segments[0].words] == [
        ("I", 0.0), (" have", 0.122), (" 21", 0.611), (" cows", 1.711),
    ]  # fmt: skip


def test_nothing_changes_as_heard_or_in_other_languages() -> None:
    german = window("Ich habe einundzwanzig Kühe", language="de")
    assert restyle_numbers(german, NumberStyle.WRITTEN) == german
    english = window("I have twenty-one cows and 30 dogs")
    assert restyle_numbers(english, NumberStyle.AS_HEARD) == english
    assert restyle_numbers(window("J'ai un chien"), NumberStyle.WRITTEN) == window("J'ai un chien")


def test_a_translation_is_read_in_the_language_that_it_is_written_in() -> None:
    translated = window("I have twenty-one cows", language="de")
    assert text_of(restyle_numbers(translated, NumberStyle.WRITTEN, "en")) == "I have 21 cows"


def test_each_segment_is_read_in_its_own_language() -> None:
    english, french = window("twenty dogs"), window("vingt chiens", language="fr")
    both = RecognizedWindow(0, 9, (*english.segments, *french.segments), WindowCursor())
    assert text_of(restyle_numbers(both, NumberStyle.WRITTEN)) == "20 dogs 20 chiens"


def test_a_person_is_told_where_numbers_stay_as_they_were_heard() -> None:
    told = restyling_warning(NumberStyle.SPOKEN, ["de", "en", "cy", None])
    assert told is not None
    assert "Welsh and German" in told
    assert restyling_warning(NumberStyle.SPOKEN, ["es", "fr", None]) is None
    assert restyling_warning(NumberStyle.AS_HEARD, ["de"]) is None
