"""When the written words of a sentence are spoken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from surtitle.engines.protocols import WordTimes
from surtitle.pipelines.speech.sayable import SayableWords

# A comma is heard as long as this many letters, other marks as this many more.
_CLAUSE_LETTERS = 3.0
_CLAUSE_MARKS = ",;:–—…"  # noqa: RUF001 - the dash of clauses


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A written word with its time."""

    text: str
    start_seconds: float
    end_seconds: float


def placed(words: Sequence[SayableWords], times: WordTimes) -> list[PlacedWord]:
    """The written words, given when each blank-separated word of what is said is spoken.

    Words that are said together share the time of what is said for them, by their length.
    """
    found: list[PlacedWord] = []
    upcoming = iter(times)
    for group in words:
        spoken = [time for _, time in zip(group.said.split(), upcoming, strict=False)]
        if not spoken:
            moment = found[-1].end_seconds if found else 0.0
            spoken = [(moment, moment)]
        found += _shared(group.written, spoken[0][0], max(spoken[-1][1], spoken[0][0]))
    return found


def proportional(said: str, seconds: float) -> WordTimes:
    """Times of the blank-separated words of `said`, shared out by their letters and the pauses of marks.

    `seconds` is how long the sentence is heard.
    """
    words = said.split()
    weights = [(float(max(1, sum(map(str.isalnum, word)))), _pause_after(word)) for word in words]
    if weights:
        weights[-1] = (weights[-1][0], 0.0)
    total = sum(spoken + pause for spoken, pause in weights)
    return tuple(_running(weights, seconds / total if total else 0.0))


def _running(weights: Sequence[tuple[float, float]], scale: float) -> Iterator[tuple[float, float]]:
    at = 0.0
    for spoken, pause in weights:
        yield at * scale, (at + spoken) * scale
        at += spoken + pause


def _pause_after(word: str) -> float:
    return _CLAUSE_LETTERS if word[-1:] in _CLAUSE_MARKS else 0.0


def _shared(written: Sequence[str], start: float, end: float) -> Iterator[PlacedWord]:
    letters = [max(1, len(word)) for word in written]
    share, at = (end - start) / sum(letters), start
    for word, count in zip(written, letters, strict=True):
        yield PlacedWord(word, at, at + count * share)
        at += count * share
