"""The cover: the user's picture, or one drawn for the film's name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import skia

from surtitle.pipelines.film.drawing.colours import WHITE, Colour, argb, mixed, readable_on
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.pictures import filling, opened_picture
from surtitle.pipelines.film.drawing.stage import Box
from surtitle.pipelines.film.drawing.text import CAP_HEIGHT, Typesetter

_CORNER = 0.09
_CORAL = Colour(226, 58, 92)
_RINGS = 6


def draw_cover(canvas: skia.Canvas, room: Box, draw_inside: Callable[[Box], None]) -> None:
    """A card with round corners and a shadow, and on it whatever `draw_inside` draws."""
    radius = room.width * _CORNER
    whole = skia.Rect.MakeLTRB(room.left, room.top, room.right, room.bottom)
    blur = skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, room.width * 0.05)
    shadow = skia.Paint(AntiAlias=True, Color=argb(Colour(0, 0, 0), 0.45), MaskFilter=blur)
    canvas.drawRoundRect(whole.makeOffset(0, room.width * 0.03), radius, radius, shadow)
    canvas.save()
    canvas.clipRRect(skia.RRect.MakeRectXY(whole, radius, radius), doAntiAlias=True)
    draw_inside(room)
    canvas.restore()


def draw_picture(canvas: skia.Canvas, room: Box, path: Path) -> None:
    side = round(room.width)
    canvas.drawImage(filling(opened_picture(path), side, side), round(room.left), round(room.top))


@dataclass(frozen=True, slots=True)
class OwnCover:
    """Rings like those of sound in water, and the first letter of the film's name."""

    title: str
    accent: Colour
    setter: Typesetter

    def draw(self, canvas: skia.Canvas, room: Box) -> None:
        corners = [(room.left, room.top), (room.right, room.bottom)]
        colours = [mixed(self.accent, WHITE, 0.18), mixed(self.accent, _CORAL, 0.62)]
        shader = skia.GradientShader.MakeLinear(corners, [argb(colour) for colour in colours])
        whole = skia.Rect.MakeLTRB(room.left, room.top, room.right, room.bottom)
        canvas.drawRect(whole, skia.Paint(Shader=shader, Dither=True))
        ring = skia.Paint(AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=room.width * 0.028)
        for step in range(1, _RINGS + 1):
            ring.setColor(argb(WHITE, 0.34 - 0.045 * step))
            canvas.drawCircle(room.right, room.bottom, room.width * 0.19 * step, ring)
        self._draw_letter(canvas, room)

    def _draw_letter(self, canvas: skia.Canvas, room: Box) -> None:
        letter = next((character.upper() for character in self.title if character.isalnum()), "")
        if letter:
            size = room.width * 0.5
            drawn = self.setter.shaped(letter[0], Face.DISPLAY, size, readable_on(self.accent))
            inset = room.width * 0.12
            drawn.draw(canvas, room.left + inset, room.top + inset + size * CAP_HEIGHT)
