"""The template `picture`: a user's picture, slowly wandering and growing, with words below."""

import skia

from surtitle.pipelines.film.drawing.canvas import Sheet, opaque_image
from surtitle.pipelines.film.drawing.colours import INK, WHITE, Colour, argb
from surtitle.pipelines.film.drawing.easing import between
from surtitle.pipelines.film.drawing.fonts import Face
from surtitle.pipelines.film.drawing.lettering import draw_block
from surtitle.pipelines.film.drawing.text import Setting
from surtitle.pipelines.film.storyboard.scene import LEAD_SECONDS, DrawnScene, SceneKit, draw_bar

_GROWTH = 0.12
_LINEAR = skia.SamplingOptions(skia.FilterMode.kLinear)
# Where the picture is looked at first and last, in shares of the room that its growth leaves.
_PATHS = (((0.2, 0.5), (0.8, 0.5)), ((0.8, 0.3), (0.2, 0.7)), ((0.5, 0.8), (0.5, 0.2)))


class PictureScene(DrawnScene):
    """`heading` and the first line stand above the captions, on a shade that keeps them readable."""

    def __init__(self, kit: SceneKit) -> None:
        super().__init__(kit)
        assert kit.picture is not None
        unit, content, scene = kit.unit, kit.stage.content, kit.scene
        self._image = _shaded(kit.picture(), has_words=bool(scene.heading or scene.lines))
        text = scene.heading or " ".join(scene.lines[:1])
        setting = Setting(Face.DISPLAY, 84 * unit, 46 * unit, most_lines=3, leading=1.14, tracking=-0.01)
        width = content.width * (0.8 if kit.stage.is_wide else 1.0)
        self._heading = kit.setter.set(text, setting, width) if text else None

    @property
    def caption_ground(self) -> Colour:
        return INK

    def draw(self, canvas: skia.Canvas, seconds: float) -> None:
        self._draw_picture(canvas, seconds)
        self.draw_content(canvas, seconds)

    def draw_content(self, canvas: skia.Canvas, seconds: float) -> None:
        kit, content = self.kit, self.kit.stage.content
        if self._heading is None:
            return
        y = content.bottom - self._heading.height - 20 * kit.unit
        rtl = self._heading.right_to_left
        x = content.right - self._heading.width if rtl else content.left
        at = seconds - LEAD_SECONDS
        draw_bar(canvas, kit, content.right - 132 * kit.unit if rtl else content.left, y - 52 * kit.unit, at)
        draw_block(canvas, kit.setter, self._heading, (x, y), WHITE, seconds=at)

    def _draw_picture(self, canvas: skia.Canvas, seconds: float) -> None:
        stage = self.kit.stage
        along = min(1.0, max(0.0, seconds / max(0.1, self.kit.seconds)))
        start, end = _PATHS[self.kit.number % len(_PATHS)]
        # Every other one comes nearer, the others step back.
        growth = _GROWTH * (along if self.kit.number % 2 == 0 else 1 - along)
        spare_x, spare_y = stage.width * (growth + 0.03), stage.height * (growth + 0.03)
        x, y = (between(start[axis], end[axis], along) for axis in (0, 1))
        place = skia.Rect.MakeXYWH(-spare_x * x, -spare_y * y, stage.width + spare_x, stage.height + spare_y)
        canvas.drawImageRect(self._image, place, _LINEAR)


def _shaded(image: skia.Image, *, has_words: bool) -> skia.Image:
    """Darker towards the foot, so that any picture carries white letters.

    The shade wanders with the picture: so soft a thing may, and blending it anew would cost as much as all
    the rest of a frame.
    """
    height, width = image.height(), image.width()
    sheet = Sheet(width, height)
    sheet.canvas.drawImage(image, 0, 0)
    top = height * (0.30 if has_words else 0.6)
    shades = [argb(INK, 0.0), argb(INK, 0.62), argb(INK, 0.88)]
    shader = skia.GradientShader.MakeLinear([(0, top), (0, height)], shades, [0.0, 0.5, 1.0])
    paint = skia.Paint(Shader=shader, Dither=True)
    sheet.canvas.drawRect(skia.Rect.MakeLTRB(0, top, width, height), paint)
    return opaque_image(sheet.pixels)
