"""The template `quote`: somebody's words, and who said them."""

import skia

from surtitle.pipelines.film.drawing.easing import ease_out, overshoot, progress
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block
from surtitle.pipelines.film.drawing.stage import Box
from surtitle.pipelines.film.drawing.text import Setting
from surtitle.pipelines.film.storyboard.scene import LEAD_SECONDS, DrawnScene, SceneKit, draw_pill

_MARK_SIZE = 330
_MARK_HEIGHT = 0.33
_DASHES = " —–-"  # noqa: RUF001 - before the names of those who are quoted
_QUOTES = "\"'«»„“”‚‘’「」『』 "  # noqa: RUF001 - the marks that people write


class QuoteScene(DrawnScene):
    """`lines` are what was said (or `heading`, where there are none); with both, `heading` is who said it."""

    def __init__(self, kit: SceneKit) -> None:
        super().__init__(kit)
        unit, content, scene = kit.unit, kit.stage.content, kit.scene
        said = " ".join(scene.lines) or scene.heading
        name = scene.heading if scene.lines else ""
        setting = Setting(
            Face.HEADING, 88 * unit, 44 * unit, most_lines=6 if kit.stage.is_wide else 9, leading=1.28
        )
        width = content.width * (0.90 if kit.stage.is_wide else 1.0)
        self._said = kit.setter.set(said.strip(_QUOTES), setting, width, content.height - 300 * unit)
        small = Setting(Face.BODY, 42 * unit, 30 * unit, most_lines=2)
        self._name = kit.setter.set(name.strip(_DASHES), small, width - 110 * unit) if name else None

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        kit, unit = self.kit, self.kit.unit
        content, at = kit.stage.content, seconds - LEAD_SECONDS
        mark = _MARK_SIZE * _MARK_HEIGHT * unit
        height = mark + 66 * unit + self._said.height + (100 * unit if self._name else 0)
        y = content.centre - height / 2
        rtl = self._said.right_to_left
        self._draw_mark(canvas, y, at, right_to_left=rtl)
        y += mark + 66 * unit
        x = content.right - self._said.width if rtl else content.left
        draw_block(canvas, kit.setter, self._said, (x, y), kit.look.text, seconds=at - 0.15)
        if self._name is not None:
            self._draw_name(canvas, y + self._said.height + 72 * unit, at - 0.6, right_to_left=rtl)

    def _draw_mark(self, canvas: skia.Canvas, top: float, seconds: float, *, right_to_left: bool) -> None:
        kit = self.kit
        size = _MARK_SIZE * kit.unit
        popped = overshoot(progress(seconds, 0.0, 0.5))
        if popped <= 0.05:  # noqa: PLR2004 - too small to be drawn
            return
        mark = kit.setter.shaped("”" if right_to_left else "“", Face.DISPLAY, size, kit.look.accent)
        content = kit.stage.content
        x = content.right - mark.width + 0.03 * size if right_to_left else content.left - 0.03 * size
        canvas.save()
        canvas.translate(x + mark.width / 2, top + size * _MARK_HEIGHT / 2)
        canvas.scale(popped, popped)
        # The mark hangs from the height of the capitals.
        mark.draw(canvas, -mark.width / 2, size * (0.735 - _MARK_HEIGHT / 2))
        canvas.restore()

    def _draw_name(self, canvas: skia.Canvas, top: float, seconds: float, *, right_to_left: bool) -> None:
        kit, unit, content = self.kit, self.kit.unit, self.kit.stage.content
        assert self._name is not None
        length = 64 * unit * ease_out(progress(seconds, 0.0, 0.5))
        if length <= 0.0:
            return
        centre = top + self._name.height / 2
        left = content.right - length if right_to_left else content.left
        draw_pill(canvas, Box(left, centre - 4 * unit, left + length, centre + 4 * unit), kit.look.accent)
        x = content.right - 92 * unit - self._name.width if right_to_left else content.left + 92 * unit
        draw_block(canvas, kit.setter, self._name, (x, top), kit.look.muted, seconds=seconds - 0.1)
