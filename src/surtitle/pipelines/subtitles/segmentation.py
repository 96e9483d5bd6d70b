"""Where cues begin and end: the cheapest way through the words, by dynamic programming.

The cost of a cue depends on its own words and its two boundaries, so the best division of the first
n words is the best division of some shorter beginning and one more cue. Each cue holds a screenful at
most, which bounds the look back: the time grows with the number of words, not with its square.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.pipelines.subtitles.lines import best_layout
from surtitle.pipelines.subtitles.stream import TokenStream

# Each cue is one more thing to take in; with this, words that fit together stay together.
_CUE = 3.0
# A cue that flashes a few letters; measured against the share of a line below.
_SHORT_CUE = 6.0
_FULL_ENOUGH = 0.6
# A short cue that is a whole sentence ("Yes.") reads well by itself.
_SHORT_SENTENCE_SHARE = 0.2
_ORPHAN = 6.0
# Two sentences in one cue are fine, a sentence with the head of the next is not, and a tail with
# the next whole sentence lies between (BBC: "each subtitle should be a single complete sentence").
_SECOND_SENTENCE = 0.7
_TAIL_AND_SENTENCE = 4.0
_HEAD_OF_NEXT = 5.0


@dataclass(frozen=True, slots=True)
class CueSpan:
    """The tokens `start` to `stop` (exclusive) stand together; `line_starts` begin further lines."""

    start: int
    stop: int
    line_starts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _ViolationPrice:
    """What it costs to break a limit of time (reading speed, shortest duration)."""

    base: float
    per_missing_ms: float


# A limit gives way only when the speech leaves no other division: one violation outweighs every
# question of phrasing around it.
_STRICT = _ViolationPrice(1000.0, 1.0)
# Where it must give way, a little more haste is better than an article at the end of a line: a tenth
# too fast for three seconds costs as much as a break between any two words.
_LENIENT = _ViolationPrice(3.0, 0.02)


def segment(stream: TokenStream) -> list[CueSpan]:
    """The division of all tokens with the lowest cost. Every token is in exactly one span.

    Limits come first. The sentences in which no division keeps them are divided again by phrasing.
    """
    spans: list[CueSpan] = []
    for passage in _passages(stream, _divide(stream, 0, len(stream.tokens), _STRICT)):
        if any(_missing_ms(stream, span.start, span.stop) > 0 for span in passage):
            spans += _divide(stream, passage[0].start, passage[-1].stop, _LENIENT)
        else:
            spans += passage
    return spans


def _passages(stream: TokenStream, spans: list[CueSpan]) -> Iterator[list[CueSpan]]:
    """The cues in groups that end where a sentence does."""
    passage: list[CueSpan] = []
    for span in spans:
        passage.append(span)
        if _is_sentence_boundary(stream, span.stop):
            yield passage
            passage = []


def _divide(stream: TokenStream, first: int, last: int, price: _ViolationPrice) -> list[CueSpan]:
    costs = {first: 0.0}
    starts: dict[int, int] = {}
    for stop in range(first + 1, last + 1):
        starts[stop], costs[stop] = _best_start(stream, costs, stop, price)
    spans: list[CueSpan] = []
    stop = last
    while stop > first:
        spans.append(_span(stream, starts[stop], stop))
        stop = starts[stop]
    return spans[::-1]


def _best_start(
    stream: TokenStream, costs: dict[int, float], stop: int, price: _ViolationPrice
) -> tuple[int, float]:
    """Where the cue that ends before `stop` had best begin. A single token is always allowed."""
    start = best_start = stop - 1
    best_cost = costs[start] + _cue_cost(stream, start, stop, price)
    widest = stream.profile.max_lines * (stream.profile.max_chars_per_line + 1)
    while start - 1 in costs and not stream.must_break[start]:
        start -= 1
        if stream.width(start, stop) > widest or _lasts_too_long(stream, start, stop):
            break
        cost = costs[start] + _cue_cost(stream, start, stop, price)
        if cost >= best_cost:
            continue
        layout = best_layout(stream, start, stop)
        if layout is not None and cost + layout.cost < best_cost:
            best_start, best_cost = start, cost + layout.cost
    return best_start, best_cost


def _lasts_too_long(stream: TokenStream, start: int, stop: int) -> bool:
    spoken_ms = stream.tokens[stop - 1].end_ms - stream.tokens[start].start_ms
    return spoken_ms > stream.profile.max_duration_ms


def _cue_cost(stream: TokenStream, start: int, stop: int, price: _ViolationPrice) -> float:
    """Everything about a cue but its lines, and about the break after it."""
    missing_ms = _missing_ms(stream, start, stop)
    return (
        _CUE
        + stream.break_costs[stop]
        + stream.pause_costs[stop - 1]
        - stream.pause_costs[start]
        + (price.base + price.per_missing_ms * missing_ms if missing_ms > 0 else 0.0)
        + _sentence_cost(stream, start, stop)
    )


def _missing_ms(stream: TokenStream, start: int, stop: int) -> int:
    """How much longer the cue would have to stand to be read; nought or less when it stands long enough."""
    given_ms = min(stream.available_ms(start, stop), stream.profile.max_duration_ms)
    return stream.profile.reading_ms(stream.width(start, stop)) - given_ms


def _sentence_cost(stream: TokenStream, start: int, stop: int) -> float:
    opens = _is_sentence_boundary(stream, start)
    closes = _is_sentence_boundary(stream, stop)
    cost = _shortness_cost(stream, start, stop, whole=opens and closes)
    inner = stream.sentences[stop - 1] - stream.sentences[start]
    if not inner:
        return cost
    if not closes:
        return cost + _HEAD_OF_NEXT
    return cost + (_SECOND_SENTENCE * inner if opens else _TAIL_AND_SENTENCE)


def _shortness_cost(stream: TokenStream, start: int, stop: int, *, whole: bool) -> float:
    missing = 1 - stream.width(start, stop) / (_FULL_ENOUGH * stream.profile.max_chars_per_line)
    if missing <= 0:
        return 0.0
    cost = _SHORT_CUE * missing * missing
    if whole:
        return cost * _SHORT_SENTENCE_SHARE
    return cost + _ORPHAN * missing if stop - start == 1 else cost


def _is_sentence_boundary(stream: TokenStream, position: int) -> bool:
    if stream.must_break[position]:
        return True
    return stream.sentences[position] > stream.sentences[position - 1]


def _span(stream: TokenStream, start: int, stop: int) -> CueSpan:
    layout = best_layout(stream, start, stop)
    return CueSpan(start, stop, layout.breaks if layout else ())
