"""What a voice is given for what is written."""

import pytest

from surtitle.pipelines.speech.sayable import sayable, text_of

ENGLISH = {
    "It cost $9.99.": "It cost nine dollars and ninety-nine cents.",
    "$1, £0.50, €5.01": "one dollar, fifty pence, five euros and one cent",
    "€1.5 million more": "one point five million euros more",
    "on March 5, 2024 at 7:30 pm": "on March fifth, twenty twenty-four at seven thirty P M",
    "2024-03-05 and 12/25/1999": "March fifth, twenty twenty-four and "
    "December twenty-fifth, nineteen ninety-nine",
    "at 14:05, at 7:00": "at fourteen oh five, at seven o'clock",
    "In 1984 1,984 people": "In nineteen eighty-four one thousand nine hundred eighty-four people",
    "the 3rd of 21": "the third of twenty-one",
    "12.5% of 120 km/h": "twelve point five percent of one hundred twenty kilometres per hour",
    "-5 °C, 10–20 pages": "minus five degrees Celsius, ten to twenty pages",  # noqa: RUF001 - a range's dash
    "Dr. Smith, e.g. No. 5": "Doctor Smith, for example number five",
    "No.": "No.",
    "She ate a fig.": "She ate a fig.",
    "see fig. 2, p. 7": "see figure two, page seven",
    "cats, dogs etc.": "cats, dogs et cetera.",
    "Call +44 20 7946 0958": "Call plus four four, two zero, seven nine four six, zero nine five eight",
    "agent 007": "agent zero zero seven",
    "see https://www.example.org/a?b=1.": "see example dot org.",
    "Ann & Bob: 2 + 2 = 4": "Ann and Bob: two plus two equals four",
    "version 3.11.2": "version three dot eleven dot two",
    "30:99 and 25/13/2024": "thirty:ninety-nine and twenty-five/thirteen/twenty twenty-four",
}
OTHERS = {
    ("fr", "Le 1er mars à 14h30"): "Le premier mars à quatorze heures trente",
    (
        "fr",
        "1 234,50 € (21 %)",
    ): "mille deux cent trente-quatre euros et cinquante centimes (vingt-et-un pour cent)",
    ("fr", "2,5 millions €"): "deux virgule cinq millions d'euros",
    ("fr", "Mme Dupont, la 2e fois, 1 h"): "Madame Dupont, la deuxième fois, une heure",
    ("fr", "Me voilà."): "Me voilà.",
    ("fr", "Me Dupont, p. 12"): "Maître Dupont, page douze",
    ("es", "D. Juan y el plan D."): "don Juan y el plan D.",
    ("es", "El 5 de marzo de 2024"): "El cinco de marzo de dos mil veinticuatro",
    ("es", "21 libras y 21 euros"): "veintiuna libras y veintiún euros",
    ("es", "1.000.000 de euros, la 3ª vez"): "un millón de euros, la tercera vez",
    ("es", "el Sr. Pérez a las 14:30"): "el señor Pérez a las catorce y treinta",
    ("it", "il 5 marzo, 1 sterlina, 3,5 km"): "il cinque marzo, una sterlina, tre virgola cinque chilometri",
    ("it", "il Sig. Rossi ha pagato 9,99 €"): "il signor Rossi ha pagato nove euro e novantanove centesimi",
    ("de", "Am 5. März um 14:30 Uhr"): "Am fünften März um vierzehn Uhr dreißig",
    ("de", "z. B. 1 Stunde, 5 Mio. €"): "zum Beispiel eine Stunde, fünf Millionen Euro",
    ("de", "J. S. Bach, S. 5"): "J. S. Bach, Seite fünf",
    ("de", "1.234,50 € im Jahr 1984"): "eintausendzweihundertvierunddreißig Euro fünfzig Cent im Jahr "
    "neunzehnhundertvierundachtzig",
    # A language without wording is left to its voice.
    ("nl", "€ 5 op 3 mei"): "€ 5 op 3 mei",
}


@pytest.mark.parametrize(("written", "said"), ENGLISH.items())
def test_english_figures_and_signs_are_said_in_words(written: str, said: str) -> None:
    assert text_of(sayable(written, "en")) == said


@pytest.mark.parametrize(("language", "written"), OTHERS)
def test_other_languages_say_theirs_their_own_way(language: str, written: str) -> None:
    assert text_of(sayable(written, language)) == OTHERS[language, written]


@pytest.mark.parametrize("written", [*ENGLISH, "Wait — what?", "… and so", "a\u00a0b  c"])
def test_no_written_word_is_lost_or_added(written: str) -> None:
    words = [word for group in sayable(written, "en") for word in group.written]
    assert words == written.replace("\u00a0", " ").split()


def test_words_that_are_said_together_stand_together() -> None:
    groups = [group.written for group in sayable("Come on March 5, 2024 then", "en")]
    assert groups == [("Come",), ("on",), ("March", "5,", "2024"), ("then",)]
