import pytest

from surtitle.domain.glossary import MOST_TERMS, checked_terms, with_terms
from surtitle.domain.options import HOTWORDS_CHARACTERS, TranscriptionOptions
from surtitle.errors import Invalid


def test_terms_keep_their_order_and_lose_their_line_breaks() -> None:
    assert checked_terms(["Zoë", " Ángeles \n Peñalver "]) == ("Zoë", "Ángeles Peñalver")


@pytest.mark.parametrize(
    ("terms", "field", "what"),
    [
        (["a", "  "], "terms.1", "empty"),
        (["a", "b", " a"], "terms.2", "repeats term 0"),
        (["x" * 101], "terms.0", "101 characters"),
        (["a", "b\x07"], "terms.1", "control character"),
        ([str(number) for number in range(MOST_TERMS + 1)], "terms", "at most 500"),
    ],
)
def test_a_term_that_cannot_be_kept_is_named_by_its_place(terms: list[str], field: str, what: str) -> None:
    with pytest.raises(Invalid, match=what) as refused:
        checked_terms(terms)
    assert refused.value.fields["field"] == field


def test_terms_follow_the_hotwords_of_the_job_and_come_once() -> None:
    options = TranscriptionOptions(hotwords="jib mainsail, Kvistholm")
    assert with_terms(options, ["Kvistholm", "Surtitle"]).hotwords == "jib mainsail, Kvistholm, Surtitle."
    assert with_terms(TranscriptionOptions(), ["Surtitle"]).hotwords == "Surtitle."
    assert with_terms(options, []) == options
    made = with_terms(options, ["Surtitle"])
    assert with_terms(made, ["Kvistholm", "Surtitle"]) == made


@pytest.mark.parametrize(("prompt", "room"), [(None, 400), ("A talk about ships.", 200)])
def test_terms_without_room_are_left_out_whole(prompt: str | None, room: int) -> None:
    terms = [f"{number:039}" for number in range(MOST_TERMS)]
    made = with_terms(TranscriptionOptions(prompt=prompt), terms)
    assert made.hotwords is not None
    kept = made.hotwords.removesuffix(".").split(", ")
    assert kept == terms[: len(kept)]
    assert room - 42 < len(made.hotwords) <= room
    # As a stored job has them, and as its next run reads them.
    assert TranscriptionOptions.model_validate(made.model_dump(mode="json")) == made


def test_long_hotwords_of_the_job_are_not_cut() -> None:
    options = TranscriptionOptions(hotwords="x" * HOTWORDS_CHARACTERS)
    assert with_terms(options, ["Kvistholm"]) == options
