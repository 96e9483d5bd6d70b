"""The template `title`: the film's name, large, with rings at the side."""

import skia

from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block
from surtitle.pipelines.film.drawing.text import Block, Setting
from surtitle.pipelines.film.storyboard.scene import LEAD_SECONDS, DrawnScene, SceneKit, draw_bar, draw_rings

_GAP = 80
_BAR_GAP = 62
_SHORT = 16


class TitleScene(DrawnScene):
    """`heading` is the title, the first of `lines` what stands below it."""

    def __init__(self, kit: SceneKit) -> None:
        super().__init__(kit)
        unit, content, scene = kit.unit, kit.stage.content, kit.scene
        self._room = content.width * (0.74 if kit.stage.is_wide else 1.0)
        largest = (172 if kit.stage.is_wide else 140) * unit * (1.3 if len(scene.heading) <= _SHORT else 1.0)
        setting = Setting(Face.DISPLAY, largest, 56 * unit, most_lines=4, leading=1.12, tracking=-0.015)
        self._title = kit.setter.set(scene.heading, setting, self._room, content.height * 0.72)
        below = Setting(Face.BODY, 46 * unit, 34 * unit, most_lines=2, leading=1.35)
        text = scene.lines[0] if scene.lines else ""
        self._below: Block | None = kit.setter.set(text, below, self._room) if text else None

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        kit, content = self.kit, self.kit.stage.content
        unit = kit.unit
        self._draw_ornament(canvas, seconds)
        height = self._title.height + _BAR_GAP * unit
        if self._below is not None:
            height += _GAP * unit + self._below.height
        y = content.centre - height / 2 + (0.06 * kit.stage.height if kit.stage.is_wide else 0)
        at = seconds - LEAD_SECONDS
        rtl = self._title.right_to_left
        draw_bar(canvas, kit, content.right - 132 * unit if rtl else content.left, y, at)
        y += _BAR_GAP * unit
        draw_block(canvas, kit.setter, self._title, (self._left(self._title), y), kit.look.text, seconds=at)
        if self._below is not None:
            y += self._title.height + _GAP * unit
            x = self._left(self._below)
            draw_block(canvas, kit.setter, self._below, (x, y), kit.look.muted, seconds=at - 0.35)

    def _left(self, block: Block) -> float:
        content = self.kit.stage.content
        return content.right - block.width if block.right_to_left else content.left

    def _draw_ornament(self, canvas: skia.Canvas, seconds: float) -> None:
        """On the side where the title does not begin; above it where there is no side."""
        stage = self.kit.stage
        x, y, radius = (0.93, 0.42, 400) if stage.is_wide else (0.95, 0.10 if stage.is_upright else 0.02, 330)
        if self._title.right_to_left:
            x = 1 - x
        place = (x * stage.width, y * stage.height)
        draw_rings(canvas, self.kit, *place, radius=radius * self.kit.unit, seconds=seconds)
