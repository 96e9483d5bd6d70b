"""What was decided: said outright, or proposed and agreed to."""

import re
from collections.abc import Sequence

from surtitle.domain.minutes import MinutesLine
from surtitle.pipelines.minutes.readings import Reading, alike

# How soon somebody has to agree to a proposal.
_REPLIES = 5
# How far back "that's decided" may refer.
_BACK = 5
_SAYS_WHAT_KEYS = 2
_SAME = 0.6
# "We decided A, and B we decide next time."
_CLAUSES = re.compile(r"[;,]\s+(?=(?:and|but|et|mais|y|pero)\b)", re.IGNORECASE)
# The same thing, said again in other words, comes soon; a later decision may be another about it.
_SAME_WITHIN = 25


def decisions_in(readings: Sequence[Reading]) -> tuple[MinutesLine, ...]:
    """In order; one that is said several times rests on all of those moments and has the last one's words."""
    found: list[tuple[Reading, list[Reading]]] = []
    for reading in readings:
        if (what := _decided(readings, reading)) is not None:
            _add(found, what, [what] if what is reading else [what, reading])
    return tuple(
        MinutesLine(what.plain, tuple(one.sentence.moment for one in rests_on)) for what, rests_on in found
    )


def is_decided(reading: Reading) -> bool:
    """Whether the sentence itself says that something is decided."""
    wording = reading.wording
    return not reading.is_question and any(
        wording.decides.search(clause)
        and not wording.undecided.search(clause)
        and not wording.defers.search(clause)
        for clause in _CLAUSES.split(reading.plain)
    )


def is_agreed(readings: Sequence[Reading], proposal: Reading, within: int = _REPLIES) -> bool:
    """Whether somebody else agrees before anybody refuses. Without speakers anybody may be somebody else."""
    for reply in readings[proposal.index + 1 : proposal.index + 1 + within]:
        if reply.speaker is not None and reply.speaker == proposal.speaker:
            continue
        # Who asks back has not agreed yet.
        if reply.is_question or reply.wording.refuses.match(reply.spoken):
            return False
        if reply.wording.agrees.match(reply.spoken):
            return True
    return False


def _decided(readings: Sequence[Reading], reading: Reading) -> Reading | None:
    """The sentence that says what is decided by `reading`, if anything is."""
    if is_decided(reading):
        return reading if len(reading.keys) >= _SAYS_WHAT_KEYS else _meant(readings, reading)
    proposed = reading.wording.proposes.search(reading.plain)
    if not proposed or reading.is_question or reading.wording.defers.search(reading.plain):
        return None
    if reading.keys and is_agreed(readings, reading):
        return reading
    return None


def _meant(readings: Sequence[Reading], reading: Reading) -> Reading | None:
    """What "that's decided" is about: the proposal before it, else what was said last."""
    before = readings[max(0, reading.index - _BACK) : reading.index][::-1]
    telling = [one for one in before if len(one.keys) >= _SAYS_WHAT_KEYS and not one.is_question]
    proposals = (one for one in telling if one.wording.proposes.search(one.plain))
    return next(proposals, telling[0] if telling else None)


def _add(found: list[tuple[Reading, list[Reading]]], what: Reading, rests_on: list[Reading]) -> None:
    for place, (known, moments) in enumerate(found):
        near = what.index - known.index <= _SAME_WITHIN
        if what is known or (near and alike(what.keys, known.keys) >= _SAME):
            words = what if is_decided(what) or not is_decided(known) else known
            found[place] = (words, moments + [one for one in rests_on if one not in moments])
            return
    found.append((what, rests_on))
