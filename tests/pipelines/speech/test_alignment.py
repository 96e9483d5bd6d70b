"""Known words and what was heard of them."""

from surtitle.pipelines.speech.alignment import HeardWord, aligned
from surtitle.pipelines.speech.placing import placed, proportional
from surtitle.pipelines.speech.sayable import sayable

SAID = ["It", "was", "nineteen", "eighty-four", "there"]


def _heard(*words: tuple[str, float, float]) -> list[HeardWord]:
    return [HeardWord(*word) for word in words]


def test_words_take_the_times_of_what_was_heard_however_it_is_cut() -> None:
    heard = _heard(
        (" It", 0.0, 0.2),
        (" was", 0.2, 0.5),
        ("nineteen", 0.5, 1.0),
        ("eightyfour", 1.0, 2.0),
        ("there", 2.2, 2.5),
    )
    times = aligned(SAID, heard, proportional(" ".join(SAID), 3.0))
    assert times == ((0.0, 0.2), (0.2, 0.5), (0.5, 1.0), (1.0, 2.0), (2.2, 2.5))


def test_a_word_that_was_misheard_lies_between_its_neighbours() -> None:
    heard = _heard(
        ("It", 0.0, 0.2),
        ("nineteen", 0.6, 1.0),
        ("eighty", 1.0, 1.4),
        ("four", 1.4, 1.8),
        ("there", 2.0, 2.4),
    )
    times = aligned(SAID, heard, proportional(" ".join(SAID), 2.4))
    assert times is not None
    assert times[0][1] <= times[1][0] <= times[1][1] <= times[2][0] == 0.6


def test_something_else_is_not_taken_for_it() -> None:
    heard = _heard(("Qux", 0.0, 0.5), ("plugh", 0.5, 1.0))
    assert aligned(SAID, heard, proportional(" ".join(SAID), 1.0)) is None
    assert aligned(SAID, [], proportional(" ".join(SAID), 1.0)) is None


def test_accents_and_marks_do_not_count() -> None:
    times = aligned(["¿Qué", "día?"], _heard(("que", 0.1, 0.4), ("dia", 0.4, 0.9)), ((0.0, 0.5), (0.5, 1.0)))
    assert times == ((0.1, 0.4), (0.4, 0.9))


def test_written_words_share_the_time_of_what_is_said_for_them() -> None:
    words = placed(sayable("Since 2024, yes", "en"), ((0.0, 0.3), (0.4, 0.8), (0.8, 1.4), (1.6, 2.0)))
    assert [(word.text, word.start_seconds, word.end_seconds) for word in words] == [
        ("Since", 0.0, 0.3),
        ("2024,", 0.4, 1.4),
        ("yes", 1.6, 2.0),
    ]


def test_proportional_times_follow_length_and_leave_room_for_marks() -> None:
    (a, b, c) = proportional("four, fourfour to", 1.7)
    assert (a[0], round(a[1], 6)) == (0.0, 0.4)
    assert round(b[0] - a[1], 6) == 0.3
    assert round(b[1] - b[0], 6) == 0.8
    assert round(c[1], 6) == 1.7
