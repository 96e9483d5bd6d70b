from surtitle.domain.speakers import SpeakerTurn
from surtitle.domain.transcript import Stretch
from surtitle.pipelines.voices.samples import seconds_in, stretches_alone


def turn(start: float, end: float, speaker: str) -> SpeakerTurn:
    return SpeakerTurn(start, end, speaker)


def test_a_voice_is_heard_where_nobody_else_speaks() -> None:
    turns = [turn(0, 5, "a"), turn(4, 6, "b"), turn(7, 10, "a"), turn(8, 9, "c"), turn(8.5, 9.5, "b")]
    assert stretches_alone(turns, "a", 60) == [Stretch(0, 4), Stretch(7, 8), Stretch(9.5, 10)]
    assert stretches_alone(turns, "b", 60) == [Stretch(5, 6)]
    assert stretches_alone(turns, "c", 60) == []


def test_no_more_is_heard_than_a_voice_needs_nor_beyond_the_end() -> None:
    turns = [turn(float(at), at + 5.0, "a") for at in range(0, 100, 10)]
    assert seconds_in(stretches_alone(turns, "a", 95)) == 12
    assert stretches_alone([turn(0, 5, "a")], "a", 3) == [Stretch(0, 3)]
