from uuid import UUID

import pytest

from surtitle.pipelines.search.terms import Wanted, project_term, speaker_term, terms_of, wanted


def test_case_accents_and_apostrophes_are_folded() -> None:
    assert terms_of("Qu\u2019est-ce que l'Été, Straße_F4?") == [
        "qu",
        "est",
        "ce",
        "que",
        "l",
        "ete",
        "strasse",
        "f4",
    ]


def test_scripts_without_spaces_are_known_by_their_neighbours() -> None:
    assert terms_of("議事録 ok") == ["議事", "事録", "ok"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why was the release moved?", Wanted(("release", "moved"))),
        ("to be or not to be", Wanted(("to", "be", "or", "not"))),
        ('what about "the code" F4', Wanted(("f4",), (("the", "code"),))),
        ('"', Wanted()),
    ],
)
def test_a_question_looks_for_what_tells_something(question: str, expected: Wanted) -> None:
    assert wanted(question) == expected


def test_an_operator_of_the_index_is_a_word_like_any_other() -> None:
    assert wanted("NEAR(x* OR b) & z:w | !k <-> f").words == ("near", "x", "b", "z", "w", "k", "f")


def test_names_of_projects_and_speakers_are_words_that_have_no_ending() -> None:
    assert project_term(UUID(int=7)) == "p7"
    assert speaker_term("ZOÉ  Müller") == speaker_term("zoe muller") != speaker_term("zoe")
    assert speaker_term("x")[1:].isdigit()


def test_a_speaker_without_a_name_is_found_as_people_read_it() -> None:
    shown = ("speaker_1", "Speaker 1", "SPEAKER  1", "Intervenant 1", "Hablante 1")
    assert len({speaker_term(name) for name in shown}) == 1
    assert speaker_term("Speaker 1 of 2") != speaker_term("Speaker 1") != speaker_term("Speaker 11")
