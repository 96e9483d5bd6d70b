"""Setting a cue's words in lines: as few as hold them, broken at a phrase, the lower ones longer."""

from dataclasses import dataclass

from surtitle.pipelines.subtitles.stream import TokenStream

# A bad break inside a cue is seen whole, so it hurts less than the same break between cues.
_BREAK_WEIGHT = 0.6
# 35 characters under 7 cost about as much as a break before a preposition.
_IMBALANCE = 10.0
# Both guides prefer the pyramid: the shorter line on top hides less of the picture.
_TOP_HEAVY = 1.5
# The eye needs a moment to find the second line.
_EXTRA_LINE = 0.5


@dataclass(frozen=True, slots=True)
class Layout:
    """`breaks` holds the token positions at which lines after the first begin."""

    cost: float
    breaks: tuple[int, ...] = ()


_ONE_LINE = Layout(0.0)


def best_layout(stream: TokenStream, start: int, stop: int) -> Layout | None:
    """The best lines for the tokens `start` to `stop`, None when the profile's lines cannot hold them."""
    if stream.width(start, stop) <= stream.profile.max_chars_per_line:
        return _ONE_LINE
    for line_count in range(2, stream.profile.max_lines + 1):
        layout = _split(stream, start, stop, line_count)
        if layout is not None:
            return layout
    return None


def _split(stream: TokenStream, start: int, stop: int, line_count: int) -> Layout | None:
    limit = stream.profile.max_chars_per_line
    if line_count == 1:
        return _ONE_LINE if stream.width(start, stop) <= limit else None
    best: Layout | None = None
    for position in range(start + 1, stop):
        top = stream.width(start, position)
        if top > limit:
            break
        if stream.width(position, stop) > limit * (line_count - 1) + line_count:
            continue
        below = _split(stream, position, stop, line_count - 1)
        if below is None:
            continue
        cost = below.cost + _split_cost(stream, position, top, stop, line_count)
        if best is None or cost < best.cost:
            best = Layout(cost, (position, *below.breaks))
    return best


def _split_cost(stream: TokenStream, position: int, top: int, stop: int, line_count: int) -> float:
    below = stream.width(position, stop) / (line_count - 1)
    difference = (top - below) / stream.profile.max_chars_per_line
    imbalance = _IMBALANCE * difference * difference
    if difference > 0:
        imbalance *= _TOP_HEAVY
    return _EXTRA_LINE + imbalance + _BREAK_WEIGHT * stream.break_costs[position]
