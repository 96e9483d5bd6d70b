"""The template `statement`: one thought in the middle, the words that matter under a marker."""

import skia

from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block, draw_markers
from surtitle.pipelines.film.drawing.text import Setting
from surtitle.pipelines.film.storyboard.scene import LEAD_SECONDS, DrawnScene, SceneKit, draw_bar, draw_dots

_MARKER_AFTER_SECONDS = 0.7
_SHORT = 16


class StatementScene(DrawnScene):
    """`heading`, and `lines` where they say it instead."""

    def __init__(self, kit: SceneKit) -> None:
        super().__init__(kit)
        unit, content = kit.unit, kit.stage.content
        wide = kit.stage.is_wide
        text = " ".join(filter(None, (kit.scene.heading, *kit.scene.lines)))
        setting = Setting(
            Face.DISPLAY,
            (128 if wide else 116) * unit * (1.4 if len(text) <= _SHORT else 1.0),
            52 * unit,
            most_lines=5 if wide else 8,
            leading=1.36,
            tracking=-0.012,
            # Room for the ends of a marker.
            word_space=1.3,
            centred=True,
        )
        width = content.width * (0.88 if wide else 1.0)
        self._block = kit.setter.set(text, setting, width, content.height)
        self._special = kit.special([word.text for word in self._block.words])

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        kit, block = self.kit, self._block
        content, at = kit.stage.content, seconds - LEAD_SECONDS
        x, y = content.middle - block.width / 2, content.centre - block.height / 2
        self._draw_ornaments(canvas, seconds)
        if not self._special:
            draw_bar(canvas, kit, content.middle, y - 84 * kit.unit, at, centred=True)
        draw_block(canvas, kit.setter, block, (x, y), kit.look.text, seconds=at)
        draw_markers(
            canvas,
            kit.setter,
            block,
            (x, y),
            (kit.look.accent, kit.look.on_accent),
            seconds=at - _MARKER_AFTER_SECONDS,
            special=self._special,
        )

    def _draw_ornaments(self, canvas: skia.Canvas, seconds: float) -> None:
        stage, unit = self.kit.stage, self.kit.unit
        if not (stage.is_wide or stage.is_upright):
            # A square has no corner that text leaves free.
            return
        side = 136 * unit
        draw_dots(canvas, self.kit, stage.width * 0.04, stage.height * 0.06, seconds)
        draw_dots(canvas, self.kit, stage.width * 0.96 - side, stage.height * 0.94 - side, seconds)
