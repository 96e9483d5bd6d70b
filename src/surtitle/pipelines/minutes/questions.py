"""What was asked and not answered, as far as those say who were asked."""

from collections.abc import Sequence

from surtitle.domain.minutes import MinutesLine
from surtitle.pipelines.minutes.decisions import is_decided
from surtitle.pipelines.minutes.readings import Reading

# How far back "let's leave that open" may refer.
_BACK = 8
_ASKS_WHAT_KEYS = 1
_TELLING_KEYS = 2


def open_questions_in(readings: Sequence[Reading]) -> tuple[MinutesLine, ...]:
    """Questions to which somebody answered that they do not know, or that it is left for later."""
    found: dict[int, list[Reading]] = {}
    for reading in readings:
        wording = reading.wording
        put_off = wording.defers.search(reading.plain) is not None
        if not put_off and not wording.unknowing.search(reading.spoken):
            continue
        asked = _put_off(readings, reading) if put_off else _unanswered(readings, reading)
        if asked is not None:
            rests_on = found.setdefault(asked.index, [asked])
            if reading not in rests_on:
                rests_on.append(reading)
    lines = sorted(found.items())
    return tuple(
        MinutesLine(rests_on[0].plain, tuple(one.sentence.moment for one in rests_on))
        for _, rests_on in lines
    )


def _put_off(readings: Sequence[Reading], reading: Reading) -> Reading | None:
    """The question that is put off, or the statement itself where it names what it is about."""
    before = readings[max(0, reading.index - _BACK) : reading.index][::-1]
    if is_decided(reading):
        return reading
    asked = next((one for one in before if _asks(one) or _wonders(one)), None)
    if asked is not None or len(reading.keys) < _TELLING_KEYS:
        return asked
    return reading


def _unanswered(readings: Sequence[Reading], reading: Reading) -> Reading | None:
    """The question right before; what stands between may be a word or two."""
    for one in readings[max(0, reading.index - 3) : reading.index][::-1]:
        if _asks(one):
            return one
        if len(one.keys) >= _TELLING_KEYS:
            return None
    return reading if reading.is_question and _asks(reading) else None


def _asks(reading: Reading) -> bool:
    asks_what = reading.is_question and len(reading.keys) >= _ASKS_WHAT_KEYS
    return asks_what and not reading.wording.defers.search(reading.plain)


def _wonders(reading: Reading) -> bool:
    """Whether it says of something in particular that it is not known."""
    return bool(reading.wording.unknowing.search(reading.plain)) and len(reading.keys) >= _ASKS_WHAT_KEYS
