import pytest

from surtitle.domain.transcript import Word
from surtitle.pipelines.speech.wording import wording_of
from surtitle.transcripts.punctuation import ends_sentence, with_endings

WITH_WORDING = ("en", "fr", "es", "de", "it")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "It is No. 1 of ten."),
        ("en", "We met Gov. Newsom and Sen. Warren."),
        ("en", "Then Lt. Dan came on Jan. 6 with Gen. Lee."),
        ("en", "The E.U. Commission, e.g. Brussels."),
        ("en", "Ask approx. Ten of them."),
        ("es", "Viajó a EE. UU. en mayo."),
        ("es", "Vive en la avda. Diagonal, núm. 5."),
        ("fr", "Voir p. ex. Marseille, éd. Gallimard."),
        ("de", "Am 8. Mai, Nr. 7."),
        ("de", "Katzen bzw. Hunde, z.B. Dackel, z. B. Pudel."),
        ("de", "Am 8. 5. 2026 sind es 3 Mio. Euro."),
        ("it", "Il Sig. Rossi e l'Avv. Bianchi."),
        (None, "Ask Dr. Who and J. Smith."),
        ("en", "They said approx. that."),
    ],
)
def test_a_full_stop_that_belongs_to_a_word_ends_no_sentence(language: str | None, text: str) -> None:
    assert [word for word, ends in endings(text, language) if ends] == [text.rsplit(maxsplit=1)[-1]]


@pytest.mark.parametrize(
    ("language", "text", "ends"),
    [
        ("en", "See you at 8. Then we go.", ["8.", "go."]),
        ("en", "No. I said no. 5 may stay.", ["No.", "stay."]),
        ("en", "It was in Jan. We met.", ["Jan.", "met."]),
        ("de", "Es kostet 1200. Das ist Art. Ich gehe um 8.", ["1200.", "Art.", "8."]),
        ("es", "Así es. Vamos.", ["es.", "Vamos."]),
        ("fr", "Tel qu'il est. Allons !", ["est.", "!"]),
        ("en", 'He said "No." "Why?" she asked. "Well."', ['"No."', '"Why?"', "asked.", '"Well."']),
        ("zh", "我们走。他来。", ["我们走。他来。"]),
    ],
)
def test_one_that_does_not_ends_it(language: str, text: str, ends: list[str]) -> None:
    assert [word for word, closes in endings(text, language) if closes] == ends


@pytest.mark.parametrize("language", WITH_WORDING)
def test_what_voices_say_in_full_ends_no_sentence_before_a_figure(language: str) -> None:
    wording = wording_of(language)
    assert wording is not None
    tokens = {token for text in wording.abbreviations for token in text.split() if token.endswith(".")}
    assert {token for token in tokens if ends_sentence(token, "5", language)} == set()


def endings(text: str, language: str | None) -> list[tuple[str, bool]]:
    words = tuple(Word(f"w{n}", part, n, n + 0.5) for n, part in enumerate(text.split()))
    return [(word.text, ends) for word, ends in with_endings(words, language)]
