"""The template `number`: a figure from edge to edge, its digits rolling into place, and what it counts."""

import re

import skia

from surtitle.pipelines.film.drawing.colours import mixed
from surtitle.pipelines.film.drawing.easing import ease_in_out, ease_out, progress
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block
from surtitle.pipelines.film.drawing.stage import Box
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Setting, Shaped
from surtitle.pipelines.film.storyboard.scene import LEAD_SECONDS, DrawnScene, SceneKit, draw_bar, draw_pill

_PERCENT = re.compile(r"^\s*(\d{1,3}(?:[.,]\d+)?)\s*%\s*$")
_ROLL_SECONDS = 1.1
_ROLL_STEP_SECONDS = 0.12
_GAP = 76
_TRACKING = -0.02
_NO_BREAK = "\N{NO-BREAK SPACE}"
# Signs that reach below the line.
_DESCENDING = frozenset(",;()[]{}gjpqyçQ")
_DESCENT = 0.13


class NumberScene(DrawnScene):
    """`heading` is the number as it is written, `lines` what it counts. A share of 100 gets a bar."""

    def __init__(self, kit: SceneKit) -> None:
        super().__init__(kit)
        unit, content, scene = kit.unit, kit.stage.content, kit.scene
        self._figure = scene.heading or (scene.lines[0] if scene.lines else "")
        largest = 430 if kit.stage.is_wide else 380
        # Without spaces: a number stands on one line.
        figure = Setting(
            Face.DISPLAY, largest * unit, 90 * unit, most_lines=1, leading=1.0, tracking=_TRACKING
        )
        joined = self._figure.replace(" ", _NO_BREAK)
        self._size = kit.setter.set(joined, figure, content.width, content.height * 0.55).size
        self._below = self._size * _DESCENT if set(self._figure) & _DESCENDING else 0.0
        counted = " ".join(scene.lines if scene.heading else scene.lines[1:])
        below = Setting(Face.HEADING, 66 * unit, 40 * unit, most_lines=3, leading=1.25, centred=True)
        width = content.width * (0.8 if kit.stage.is_wide else 1.0)
        self._counted = kit.setter.set(counted, below, width) if counted else None
        percent = _PERCENT.match(self._figure)
        self._share = min(1.0, float(percent[1].replace(",", ".")) / 100) if percent else None
        self._cells = self._laid_out()

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        kit, unit = self.kit, self.kit.unit
        content, at = kit.stage.content, seconds - LEAD_SECONDS
        figure = self._size * CAP_HEIGHT
        height = figure + self._below + 2 * _GAP * unit + (self._counted.height if self._counted else 0)
        top = content.centre - height / 2
        self._draw_figure(canvas, top + figure, at)
        line = top + figure + self._below + _GAP * unit
        if self._share is None:
            draw_bar(canvas, kit, content.middle, line, at - 0.4, centred=True)
        else:
            self._draw_share(canvas, line, at)
        if self._counted is not None:
            x = content.middle - self._counted.width / 2
            draw_block(
                canvas, kit.setter, self._counted, (x, line + _GAP * unit), kit.look.text, seconds=at - 0.45
            )

    def _laid_out(self) -> list[tuple[str, float]]:
        """Each sign with its place from the left, as it stands in the end."""
        cells: list[tuple[str, float]] = []
        for end in range(1, len(self._figure) + 1):
            # The width of what comes before keeps kerning and tracking as in one piece.
            before = self._wide(self._figure[: end - 1]) if end > 1 else 0.0
            cells.append((self._figure[end - 1], before))
        return cells

    def _wide(self, text: str) -> float:
        tracking = _TRACKING * self._size
        return self.kit.setter.width(text.replace(" ", _NO_BREAK), Face.DISPLAY, self._size, tracking)

    def _draw_figure(self, canvas: skia.Canvas, baseline: float, seconds: float) -> None:
        left = self.kit.stage.content.middle - self._wide(self._figure) / 2
        if seconds > _ROLL_SECONDS + _ROLL_STEP_SECONDS * len(self._cells):
            self._sign(self._figure.replace(" ", _NO_BREAK)).draw(canvas, left, baseline)
            return
        size = self._size
        canvas.save()
        reach = self._wide(self._figure) + size * 0.2
        top = baseline - size * (CAP_HEIGHT + 0.14)
        canvas.clipRect(
            skia.Rect.MakeLTRB(left - size * 0.1, top, left + reach, baseline + max(self._below, size * 0.02))
        )
        for number, (sign, x) in enumerate(self._cells):
            self._draw_cell(canvas, sign, left + x, baseline, seconds - number * _ROLL_STEP_SECONDS / 2)
        canvas.restore()

    def _draw_cell(self, canvas: skia.Canvas, sign: str, x: float, baseline: float, seconds: float) -> None:
        """A digit counts up to itself from below; other signs rise."""
        if seconds <= 0.0:
            return
        pitch = self._size * 1.1
        if not (sign.isascii() and sign.isdigit()):
            risen = ease_out(progress(seconds, 0.2, 0.6))
            self._sign(sign).draw(canvas, x, baseline + pitch * (1 - risen))
            return
        steps = int(sign) or 10
        rolled = steps * ease_out(progress(seconds, 0.0, _ROLL_SECONDS))
        width = self._wide(sign)
        for step in (int(rolled), int(rolled) + 1):
            shown = self._sign(str(step % 10))
            offset = (step - rolled) * pitch
            if step <= steps and abs(offset) < pitch:
                shown.draw(canvas, x + (width - shown.width) / 2, baseline + offset)

    def _sign(self, text: str) -> Shaped:
        return self.kit.setter.shaped(
            text, Face.DISPLAY, self._size, self.kit.look.text, tracking=_TRACKING * self._size
        )

    def _draw_share(self, canvas: skia.Canvas, centre: float, seconds: float) -> None:
        kit, content = self.kit, self.kit.stage.content
        assert self._share is not None
        half, width = 15 * kit.unit, content.width * (0.6 if kit.stage.is_wide else 0.86)
        left = content.middle - width / 2
        track = Box(left, centre - half, left + width, centre + half)
        draw_pill(canvas, track, mixed(kit.look.ground, kit.look.accent, 0.18))
        filled = ease_in_out(progress(seconds, 0.2, 1.2)) * self._share * width
        if filled > 2 * half:
            draw_pill(canvas, Box(left, track.top, left + filled, track.bottom), kit.look.accent)
