"""Blocks of text on a canvas: words that rise into their lines, and markers behind those that stand out."""

from collections.abc import Collection
from itertools import groupby

import skia

from surtitle.pipelines.film.drawing.colours import Colour, argb
from surtitle.pipelines.film.drawing.easing import ease_in_out, ease_out, progress
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Block, Placed, Shaped, Typesetter

RISE_SECONDS = 0.6
STAGGER_SECONDS = 0.05
MARKER_SECONDS = 0.35

_BELOW = 0.28
_ABOVE = 0.22
_MARKER_SIDE = 0.09
_MARKER_TOP = 0.18
_MARKER_BOTTOM = 0.25
_LONGEST_STAGGER = 0.7


def draw_block(
    canvas: skia.Canvas,
    setter: Typesetter,
    block: Block,
    place: tuple[float, float],
    colour: Colour,
    *,
    seconds: float = 1e6,
    alpha: float = 1.0,
) -> None:
    """`block` with its upper left at `place`, `seconds` after its words began to rise."""
    stagger = min(STAGGER_SECONDS, _LONGEST_STAGGER / max(1, len(block.words)))
    for word in block.words:
        risen = ease_out(progress(seconds, word.order * stagger, RISE_SECONDS))
        if risen > 0.0:
            shaped = setter.shaped(
                word.text, block.face, block.size, colour, alpha=alpha, tracking=block.tracking
            )
            x, baseline = place[0] + word.x, place[1] + block.baseline(word.line)
            _draw_risen(canvas, shaped, (x, baseline), block.size, risen)


def draw_markers(
    canvas: skia.Canvas,
    setter: Typesetter,
    block: Block,
    place: tuple[float, float],
    colours: tuple[Colour, Colour],
    *,
    seconds: float,
    special: Collection[int],
) -> None:
    """Rounded strokes over the words of `special`, drawn along as with a pen, and those words on them again.

    `colours` are the marker's and that of letters on it: they change exactly at its edge.
    """
    for count, run in enumerate(_runs(block, special)):
        drawn = ease_in_out(progress(seconds, count * MARKER_SECONDS * 0.6, MARKER_SECONDS))
        if drawn <= 0.0:
            continue
        stroke = _stroke(block, run, place, drawn)
        canvas.save()
        canvas.clipRRect(stroke, doAntiAlias=True)
        canvas.drawPaint(skia.Paint(Color=argb(colours[0])))
        for word in run:
            shaped = setter.shaped(word.text, block.face, block.size, colours[1], tracking=block.tracking)
            shaped.draw(canvas, place[0] + word.x, place[1] + block.baseline(word.line))
        canvas.restore()


def _stroke(block: Block, run: list[Placed], place: tuple[float, float], drawn: float) -> skia.RRect:
    size, baseline = block.size, place[1] + block.baseline(run[0].line)
    left = place[0] + min(word.x for word in run) - size * _MARKER_SIDE
    right = place[0] + max(word.x + word.width for word in run) + size * _MARKER_SIDE
    reach = (right - left) * drawn
    start = right - reach if block.right_to_left else left
    top, bottom = baseline - size * (CAP_HEIGHT + _MARKER_TOP), baseline + size * _MARKER_BOTTOM
    radius = min(size * 0.14, reach / 2)
    return skia.RRect.MakeRectXY(skia.Rect.MakeLTRB(start, top, start + reach, bottom), radius, radius)


def _draw_risen(
    canvas: skia.Canvas, shaped: Shaped, place: tuple[float, float], size: float, risen: float
) -> None:
    """A word that rises out of its own line, as from behind an edge."""
    x, baseline = place
    if risen >= 1.0:
        shaped.draw(canvas, x, baseline)
        return
    top, bottom = baseline - size * (CAP_HEIGHT + _ABOVE), baseline + size * _BELOW
    side = size * _MARKER_SIDE
    canvas.save()
    canvas.clipRect(skia.Rect.MakeLTRB(x - side, top, x + shaped.width + side, bottom))
    shaped.draw(canvas, x, baseline + (bottom - top) * (1.0 - risen))
    canvas.restore()


def _runs(block: Block, special: Collection[int]) -> list[list[Placed]]:
    """Marked words that stand side by side on one line, together."""
    words = [word for word in block.words if word.order in special]
    keyed = enumerate(words)
    runs = groupby(keyed, key=lambda pair: (pair[1].line, pair[1].order - pair[0]))
    return [[word for _, word in run] for _, run in runs]
