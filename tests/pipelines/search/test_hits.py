import pytest

from surtitle.pipelines.search.hits import pieces_of
from surtitle.pipelines.search.terms import wanted


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("Is there a barking dog?", "The dog barks <b>loudly</b>.", ["dog", "barks"]),
        ("repetitions forêt", "La RÉPÉTITION en foret, l'été.", ["RÉPÉTITION", "foret"]),
        ('"north pier" lorries', "North of the pier: a lorry.", ["North", "pier", "lorry"]),
        ("東京", "今日は東京駅です", ["東京"]),
        ("dogs", "Dog and doge, no dogma", ["Dog", "doge"]),
        ("dog", "", []),
        ("dog", "a cat", []),
    ],
)
def test_words_are_marked_whatever_their_endings(question: str, text: str, marked: list[str]) -> None:
    pieces = pieces_of(text, wanted(question))
    assert "".join(piece for piece, _hit in pieces) == text
    assert [piece for piece, hit in pieces if hit] == marked
