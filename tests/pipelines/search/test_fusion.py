import random

import pytest

from surtitle.pipelines.search.fusion import fused, said_share
from surtitle.pipelines.search.terms import terms_of


@pytest.mark.parametrize(
    ("word", "said", "unsaid"),
    [
        ("delayed", "DELAYING", "relayed"),
        ("postponed", "it was postponing, he said", "a response"),
        ("date", "no dates_yet", "an update of datelines"),
        ("can", "she can't", "cans and canoes"),
        ("ete", "en été", "les étés"),
        ("strasse", "Straßen", "abstrakt"),
        ("議事", "今日の議事録", "議題と事"),
        ("ok", "議事ok", "議事okay"),
    ],
)
def test_a_word_counts_with_another_ending(word: str, said: str, unsaid: str) -> None:
    assert said_share([word], said) == 1.0
    assert said_share([word], unsaid) == 0.0


def test_texts_with_and_without_spaces_are_judged_alike() -> None:
    draw = random.Random(3)
    stems = ["plan", "planned", "launch", "it", "Über", "naïve", "x", "postponements"]
    endings = ["", "s", "ed", "ing", "ly", "ation", "'s", "_", "é"]
    for _ in range(2000):
        word = terms_of(draw.choice(stems) + draw.choice(["", "s", "ing"]))[0]
        text = " ".join(draw.choice(stems) + draw.choice(endings) for _ in range(3))
        # What is added is no word that is sought, and has each word of the text looked at by itself.
        assert said_share([word], text) == said_share([word], f"{text} 録"), (word, text)


def test_half_of_the_words_are_half() -> None:
    assert said_share(["launch", "date"], "The dates are fixed.") == 0.5
    assert said_share([], "Whatever.") == 1.0


def test_a_moment_of_both_rankings_comes_before_one_of_either() -> None:
    assert fused([(1, 0.5), (2, 0.5)], [3, 2])[0] == 2
