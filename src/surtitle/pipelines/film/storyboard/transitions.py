"""How one scene gives way to the next. Each pixel is drawn about once: only a part of either is seen."""

from collections.abc import Callable
from dataclasses import dataclass

import skia

from surtitle.pipelines.film.drawing.colours import Colour, argb
from surtitle.pipelines.film.drawing.easing import ease_in_out, progress
from surtitle.pipelines.film.drawing.stage import Stage

TRANSITION_SECONDS = 0.55

_BAND = 0.16

Drawing = Callable[[skia.Canvas], None]


@dataclass(frozen=True, slots=True)
class Change:
    """From `old` to `new`, in the new scene's `colour`, `fraction` of the way."""

    stage: Stage
    old: Drawing
    new: Drawing
    colour: Colour
    fraction: float


Transition = Callable[[skia.Canvas, Change], None]


def transition_for(number: int, seed: int) -> Transition:
    """That into scene `number`: they take turns, from another one with another seed."""
    return _ALL[(number + seed) % len(_ALL)]


def fraction_at(seconds: float) -> float:
    """How far it is, `seconds` after it began."""
    return ease_in_out(progress(seconds, 0.0, TRANSITION_SECONDS))


def _wipe(canvas: skia.Canvas, change: Change) -> None:
    """A coloured edge crosses the picture and leaves the new scene behind it."""
    width = change.stage.width
    band = width * _BAND
    front = (width + band) * change.fraction
    _within(canvas, _across(change, 0, front - band), change.new)
    _within(canvas, _across(change, front, width), change.old)
    canvas.drawRect(_across(change, front - band, front), skia.Paint(Color=argb(change.colour)))


def _push(canvas: skia.Canvas, change: Change) -> None:
    """The new scene comes up from below and pushes the old one out."""
    # Whole pixels: backdrops are copied, not blended, there.
    height = change.stage.height
    edge = round(height * (1.0 - change.fraction))
    _within(canvas, _down(change, 0, edge), change.old, shift=edge - height)
    _within(canvas, _down(change, edge, height), change.new, shift=edge)


def _curtain(canvas: skia.Canvas, change: Change) -> None:
    """Two coloured halves close over the old scene, and open on the new one."""
    height = change.stage.height
    half = height / 2 * (1.0 - abs(1.0 - 2.0 * change.fraction))
    halfway = change.fraction >= 0.5  # noqa: PLR2004
    _within(canvas, _down(change, half, height - half), change.new if halfway else change.old)
    paint = skia.Paint(Color=argb(change.colour))
    canvas.drawRect(_down(change, 0, half), paint)
    canvas.drawRect(_down(change, height - half, height), paint)


def _across(change: Change, left: float, right: float) -> skia.Rect:
    return skia.Rect.MakeLTRB(round(left), 0, round(right), change.stage.height)


def _down(change: Change, top: float, bottom: float) -> skia.Rect:
    return skia.Rect.MakeLTRB(0, round(top), change.stage.width, round(bottom))


def _within(canvas: skia.Canvas, seen: skia.Rect, drawing: Drawing, *, shift: int = 0) -> None:
    if seen.width() <= 0 or seen.height() <= 0:
        return
    canvas.save()
    canvas.clipRect(seen)
    canvas.translate(0, shift)
    drawing(canvas)
    canvas.restore()


_ALL: tuple[Transition, ...] = (_wipe, _push, _curtain)
