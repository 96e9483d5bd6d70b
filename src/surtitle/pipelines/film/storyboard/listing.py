"""The template `list`: a heading and numbered points, each coming in as it is said."""

from dataclasses import dataclass

import skia

from surtitle.pipelines.film.drawing.colours import WHITE, argb, luminance, mixed
from surtitle.pipelines.film.drawing.easing import ease_out, overshoot, progress
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block
from surtitle.pipelines.film.drawing.stage import Box
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Block, Setting
from surtitle.pipelines.film.storyboard.scene import LEAD_SECONDS, DrawnScene, SceneKit, draw_bar

MOST_POINTS = 8

_MANY = 5
_LARGEST, _SMALLEST, _STEP = 54.0, 32.0, 2.0
_MOST_LINES = 3
_EARLY_SECONDS = 0.25
_LIGHT = 0.4


@dataclass(frozen=True, slots=True)
class _Measures:
    """Pixels of a picture whose shorter side is 1080. Many points stand closer."""

    heading: float
    padding: float
    gap: float
    badge: float
    columns: int


class ListScene(DrawnScene):
    """`heading` above, `lines` as cards below: in two columns where they are many and the picture wide."""

    def __init__(self, kit: SceneKit) -> None:
        super().__init__(kit)
        points = kit.scene.lines[:MOST_POINTS]
        self._measures = _measures(len(points), wide=kit.stage.is_wide)
        self._heading = self._set_heading()
        self._points = self._fitting(points)
        self._cards = self._laid_out()
        self._moments = _all_moments(kit.moments, len(points))

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        at = seconds - LEAD_SECONDS
        self._draw_heading(canvas, at)
        for number, (point, card) in enumerate(zip(self._points, self._cards, strict=True)):
            moment = max(self._moments[number] - _EARLY_SECONDS - LEAD_SECONDS, 0.12 * number)
            self._draw_card(canvas, number, point, card, at - moment)

    # -- laying out -------------------------------------------------------------------------------------

    def _set_heading(self) -> Block | None:
        kit, size = self.kit, self._measures.heading
        setting = Setting(
            Face.DISPLAY, size * kit.unit, 44 * kit.unit, most_lines=2, leading=1.15, tracking=-0.01
        )
        heading = kit.scene.heading
        return kit.setter.set(heading, setting, kit.stage.content.width) if heading else None

    def _fitting(self, points: tuple[str, ...]) -> list[Block]:
        """All in one size: the largest at which they fit together."""
        size, unit = _LARGEST, self.kit.unit
        room = self.kit.stage.content.height - self._head_height
        while True:
            setting = Setting(Face.BODY, size * unit, size * unit, most_lines=_MOST_LINES, leading=1.22)
            blocks = [self.kit.setter.set(point, setting, self._text_width) for point in points]
            fits = self._height_of(blocks) <= room and all(b.line_count <= _MOST_LINES for b in blocks)
            if fits or size <= _SMALLEST:
                return blocks
            size -= _STEP

    def _laid_out(self) -> list[Box]:
        """A card for each point, column after column."""
        content, gap = self.kit.stage.content, self._measures.gap * self.kit.unit
        heights = self._row_heights(self._points)
        top = self._top + self._head_height
        cards: list[Box] = []
        for number, point in enumerate(self._points):
            column, row = divmod(number, len(heights))
            if point.right_to_left:
                column = self._measures.columns - 1 - column
            left = content.left + column * (self._column_width + gap)
            above = top + sum(heights[:row]) + row * gap
            cards.append(Box(left, above, left + self._column_width, above + heights[row]))
        return cards

    def _row_heights(self, blocks: list[Block]) -> list[float]:
        rows = -(-len(blocks) // self._measures.columns)
        least = 2.3 * self._measures.badge * self.kit.unit
        padding = 2 * self._measures.padding * self.kit.unit
        return [max(least, padding + max(b.height for b in blocks[row::rows])) for row in range(rows)]

    def _height_of(self, blocks: list[Block]) -> float:
        heights = self._row_heights(blocks)
        return sum(heights) + max(0, len(heights) - 1) * self._measures.gap * self.kit.unit

    @property
    def _top(self) -> float:
        """Heading and cards stand in the middle together."""
        spare = self.kit.stage.content.height - self._head_height - self._height_of(self._points)
        return self.kit.stage.content.top + max(0.0, spare) / 2

    @property
    def _head_height(self) -> float:
        return self._heading.height + 112 * self.kit.unit if self._heading else 0.0

    @property
    def _column_width(self) -> float:
        columns = self._measures.columns
        return (self.kit.stage.content.width - (columns - 1) * self._measures.gap * self.kit.unit) / columns

    @property
    def _text_left(self) -> float:
        return 3.9 * self._measures.badge * self.kit.unit

    @property
    def _text_width(self) -> float:
        return self._column_width - self._text_left - 36 * self.kit.unit

    # -- drawing ----------------------------------------------------------------------------------------

    def _draw_heading(self, canvas: skia.Canvas, seconds: float) -> None:
        heading, content, unit = self._heading, self.kit.stage.content, self.kit.unit
        if heading is None:
            return
        from_right = heading.right_to_left
        bar = content.right - 132 * unit if from_right else content.left
        draw_bar(canvas, self.kit, bar, self._top + 6 * unit, seconds)
        x = content.right - heading.width if from_right else content.left
        y = self._top + 58 * unit
        draw_block(canvas, self.kit.setter, heading, (x, y), self.kit.look.text, seconds=seconds)

    def _draw_card(self, canvas: skia.Canvas, number: int, point: Block, card: Box, since: float) -> None:
        if since <= 0.0:
            return
        look, unit = self.kit.look, self.kit.unit
        come = ease_out(progress(since, 0.0, 0.6))
        shift = (1.0 - come) * 90 * unit * (1 if point.right_to_left else -1)
        shape = skia.Rect.MakeLTRB(card.left + shift, card.top, card.right + shift, card.bottom)
        light = luminance(look.ground) > _LIGHT
        ground = mixed(look.ground, WHITE, 0.85) if light else mixed(look.ground, look.text, 0.09)
        paint = skia.Paint(AntiAlias=True, Color=argb(ground, come))
        canvas.drawRoundRect(shape, 24 * unit, 24 * unit, paint)
        self._draw_badge(canvas, number, point, card, shift=shift, since=since)
        inset = self._text_left
        left = card.right - inset - point.width if point.right_to_left else card.left + inset
        y = card.centre - point.height / 2
        draw_block(canvas, self.kit.setter, point, (left + shift, y), look.text, alpha=come)

    def _draw_badge(
        self, canvas: skia.Canvas, number: int, point: Block, card: Box, *, shift: float, since: float
    ) -> None:
        kit, look = self.kit, self.kit.look
        popped = overshoot(progress(since, 0.12, 0.45))
        radius = self._measures.badge * kit.unit
        inset = 2.0 * radius
        x = (card.right - inset if point.right_to_left else card.left + inset) + shift
        paint = skia.Paint(AntiAlias=True, Color=argb(look.accent))
        canvas.drawCircle(x, card.centre, radius * max(0.0, popped), paint)
        if popped > 0.6:  # noqa: PLR2004 - large enough for its number
            size = radius * 1.05
            digit = kit.setter.shaped(str(number + 1), Face.DISPLAY, size, look.on_accent)
            digit.draw(canvas, x - digit.width / 2, card.centre + size * CAP_HEIGHT / 2)


def _measures(count: int, *, wide: bool) -> _Measures:
    if count < _MANY:
        return _Measures(heading=84, padding=38, gap=24, badge=36, columns=1)
    return _Measures(heading=72, padding=24, gap=18, badge=30, columns=2 if wide else 1)


def _all_moments(moments: tuple[float, ...], count: int) -> tuple[float, ...]:
    return moments if len(moments) >= count else tuple(0.4 * number for number in range(count))
