"""Pictures of users, opened with care: any of them may be broken, huge or something else altogether."""

from collections.abc import Callable
from pathlib import Path

import skia

from surtitle.pipelines.film.drawing.canvas import Sheet, opaque_image
from surtitle.pipelines.film.drawing.colours import Colour, argb
from surtitle.pipelines.film.drawing.errors import UnreadablePicture
from surtitle.pipelines.film.drawing.stage import Box

MOST_PIXELS = 50_000_000
MOST_BYTES = 64 * 1024**2

_MAGIC = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WebP", b"GIF8": "GIF", b"BM": "BMP"}
_SMOOTH = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
_MISMATCH = 1.7
_BLURRED_SIDE = 28
_DARKENED = 0.35


def opened_picture(path: Path) -> skia.Image:
    """The picture at `path`, decoded and upright. Raises `UnreadablePicture`.

    Its size is read from the header before a pixel is decoded. Drawings (SVG, PDF) are refused: they may name
    other files and servers.
    """
    name = path.name
    if path.stat().st_size > MOST_BYTES:
        raise UnreadablePicture(name, f"it is larger than {MOST_BYTES // 1024**2} MiB")
    with path.open("rb") as file:
        head = file.read(16)
    if not any(head.startswith(magic) for magic in _MAGIC):
        raise UnreadablePicture(name, "it is not a picture of pixels, or of a kind that we do not read")
    image = skia.Image.MakeFromEncoded(skia.Data.MakeFromFileName(str(path)))
    if image is None:
        raise UnreadablePicture(name, "it is damaged")
    if image.width() * image.height() > MOST_PIXELS:
        size = f"{image.width()} x {image.height()} pixels"
        raise UnreadablePicture(name, f"{size} are more than {MOST_PIXELS // 1_000_000} million")
    decoded = image.makeRasterImage()
    if decoded is None:
        raise UnreadablePicture(name, "it is damaged")
    return decoded


def filling(image: skia.Image, width: int, height: int) -> skia.Image:
    """`image` cut to fill `width` by `height`, opaque.

    Where its shape is too different, it stands whole before a blurred and darkened copy of itself.
    """
    sheet = Sheet(width, height)
    aspects = (image.width() / image.height(), width / height)
    if max(aspects) / min(aspects) <= _MISMATCH:
        _lay(sheet.canvas, image, _placed(image, width, height, max))
    else:
        _lay(sheet.canvas, _blurred(image, width, height), skia.Rect.MakeWH(width, height))
        sheet.canvas.drawColor(argb(Colour(0, 0, 0), _DARKENED))
        _lay(sheet.canvas, image, _placed(image, width, height, min))
    return opaque_image(sheet.pixels)


def draw_logo(canvas: skia.Canvas, image: skia.Image, room: Box) -> None:
    """`image` whole, in the upper right of `room`."""
    scale = min(room.width / image.width(), room.height / image.height())
    left = room.right - image.width() * scale
    _lay(canvas, image, skia.Rect.MakeLTRB(left, room.top, room.right, room.top + image.height() * scale))


def _lay(canvas: skia.Canvas, image: skia.Image, place: skia.Rect) -> None:
    canvas.drawImageRect(image.withDefaultMipmaps(), place, _SMOOTH)


def _placed(image: skia.Image, width: int, height: int, choose: Callable[[float, float], float]) -> skia.Rect:
    """In the middle: `max` covers the room, `min` lies within it."""
    scale = choose(width / image.width(), height / image.height())
    wide, tall = image.width() * scale, image.height() * scale
    return skia.Rect.MakeXYWH((width - wide) / 2, (height - tall) / 2, wide, tall)


def _blurred(image: skia.Image, width: int, height: int) -> skia.Image:
    """Made so small that nothing but its colours is left; drawing it large again blurs it."""
    sheet = Sheet(
        max(2, _BLURRED_SIDE * width // max(width, height)),
        max(2, _BLURRED_SIDE * height // max(width, height)),
    )
    small = (sheet.pixels.shape[1], sheet.pixels.shape[0])
    _lay(sheet.canvas, image, _placed(image, *small, max))
    grown = Sheet(width, height)
    cubic = skia.SamplingOptions(skia.CubicResampler.Mitchell())
    grown.canvas.drawImageRect(opaque_image(sheet.pixels), skia.Rect.MakeWH(width, height), cubic)
    return opaque_image(grown.pixels)
