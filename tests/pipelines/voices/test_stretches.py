import numpy as np

from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Stretch
from surtitle.pipelines.voices.stretches import alone, longest, seconds_in


def turns(*times: tuple[float, float]) -> list[SpeakerTurn]:
    return [SpeakerTurn(start, end, "somebody") for start, end in times]


def test_somebody_is_alone_where_nobody_else_speaks() -> None:
    a, b, c = turns((0, 5), (7, 10)), turns((4, 6), (8.5, 9.5)), turns((8, 9))
    assert alone(a, [*b, *c]) == [Stretch(0, 4), Stretch(7, 8), Stretch(9.5, 10)]
    assert alone(b, [*a, *c]) == [Stretch(5, 6)]
    assert alone(c, [*a, *b]) == []
    assert alone([], a) == []


def test_what_is_alone_is_the_same_second_by_second() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        mine, others = ([(at, at + rng.integers(1, 9)) for at in rng.integers(0, 60, 8)] for _ in range(2))
        spoken = {second for start, end in mine for second in range(start, end)}
        taken = {second for start, end in others for second in range(start, end)}
        found = alone(turns(*mine), turns(*others))
        heard = [second for one in found for second in range(int(one.start_seconds), int(one.end_seconds))]
        assert heard == sorted(spoken - taken), "in order, and no second twice"


def test_no_more_is_heard_than_a_voice_needs() -> None:
    stretches = [Stretch(0, 2), Stretch(10, 17), Stretch(20, 26)]
    assert longest(stretches, 12) == [Stretch(10, 17), Stretch(20, 25)]
    assert seconds_in(longest(stretches, 60)) == 15
