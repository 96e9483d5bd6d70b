"""What all scenes share: where they are drawn, and the small parts that make them one family."""

from collections.abc import Callable
from dataclasses import dataclass

import skia

from surtitle.domain.films import Scene
from surtitle.pipelines.film.drawing.backdrops import Backdrop
from surtitle.pipelines.film.drawing.colours import Colour, argb
from surtitle.pipelines.film.drawing.easing import ease_in_out, ease_out, progress, swing
from surtitle.pipelines.film.drawing.stage import Box, Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.storyboard.looks import Look
from surtitle.pipelines.film.storyboard.moments import folded

LEAD_SECONDS = 0.3
"""A scene's words wait so long, while it comes into the picture."""


@dataclass(frozen=True, slots=True)
class SceneKit:
    """What a scene is made with.

    `moments` are when its lines are said, in seconds of the scene; `picture` is that of a picture scene.
    `number` counts the scenes of the film: it varies the ornaments.
    """

    scene: Scene
    seconds: float
    stage: Stage
    setter: Typesetter
    look: Look
    backdrop: Backdrop
    moments: tuple[float, ...] = ()
    number: int = 0
    picture: Callable[[], skia.Image] | None = None

    @property
    def unit(self) -> float:
        return self.stage.unit

    def special(self, words: list[str]) -> frozenset[int]:
        """Positions of the words that the script wants to stand out."""
        wanted = {folded(part) for phrase in self.scene.emphasis for part in phrase.split()}
        return frozenset(position for position, word in enumerate(words) if folded(word) in wanted)


class DrawnScene:
    """A scene that is laid out once and drawn at any of its moments."""

    def __init__(self, kit: SceneKit) -> None:
        self.kit = kit

    def draw(self, canvas: skia.Canvas, seconds: float) -> None:
        self.kit.backdrop.draw(canvas, seconds + 7.0 * self.kit.number)
        self.draw_content(canvas, seconds)

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        raise TypeError("A scene draws its own content.")

    @property
    def caption_ground(self) -> Colour:
        """About the colour that captions lie on."""
        return self.kit.look.ground


def draw_bar(
    canvas: skia.Canvas, kit: SceneKit, x: float, y: float, seconds: float, *, centred: bool = False
) -> None:
    """The short stroke in the accent colour, which grows from its beginning. `y` is its middle."""
    length = 132 * kit.unit * ease_out(progress(seconds, 0.1, 0.6))
    if length <= 0:
        return
    left = x - length / 2 if centred else x
    draw_pill(canvas, Box(left, y - 6 * kit.unit, left + length, y + 6 * kit.unit), kit.look.accent)


def draw_pill(canvas: skia.Canvas, box: Box, colour: Colour, *, alpha: float = 1.0) -> None:
    radius = min(box.width, box.height) / 2
    shape = skia.Rect.MakeLTRB(box.left, box.top, box.right, box.bottom)
    canvas.drawRoundRect(shape, radius, radius, skia.Paint(AntiAlias=True, Color=argb(colour, alpha)))


def draw_rings(
    canvas: skia.Canvas, kit: SceneKit, x: float, y: float, *, radius: float, seconds: float
) -> None:
    """Circles about a point, open ones, that turn slowly."""
    grown = ease_out(progress(seconds, 0.0, 1.1))
    for ring, (share, width) in enumerate(((1.0, 22.0), (0.72, 10.0), (0.5, 34.0))):
        reach = radius * share * (0.8 + 0.2 * grown)
        paint = skia.Paint(
            AntiAlias=True,
            Style=skia.Paint.kStroke_Style,
            StrokeWidth=width * kit.unit,
            StrokeCap=skia.Paint.kRound_Cap,
            Color=argb(kit.look.accent if ring == 1 else kit.look.ornament),
        )
        begin = 40.0 * ring + 30 * kit.number + (6.0 + 4 * ring) * seconds * (-1 if ring % 2 else 1)
        circle = skia.Rect.MakeLTRB(x - reach, y - reach, x + reach, y + reach)
        canvas.drawArc(circle, begin, (300 - 60 * ring) * grown, False, paint)


def draw_dots(canvas: skia.Canvas, kit: SceneKit, x: float, y: float, seconds: float) -> None:
    """A small field of points, its upper left at `x`, `y`, that comes in row by row."""
    step, paint = 34 * kit.unit, skia.Paint(AntiAlias=True, Color=argb(kit.look.ornament))
    for row in range(5):
        for column in range(5):
            grown = ease_in_out(progress(seconds, 0.05 * (row + column), 0.5))
            size = (4.5 + 0.8 * swing(seconds, 6.0, 0.09 * (row + column))) * kit.unit * grown
            canvas.drawCircle(x + column * step, y + row * step, size, paint)
