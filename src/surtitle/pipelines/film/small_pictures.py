"""Posters in the size that a list of films shows them in."""

import skia

_QUALITY = 78
_SMOOTH = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)


def small_picture(data: bytes, longest_side: int) -> bytes:
    """A picture of ours as WebP, no side longer than `longest_side`. Raises ValueError for what is none."""
    image = skia.Image.MakeFromEncoded(skia.Data.MakeWithoutCopy(data))
    if image is None:
        raise ValueError("no picture that Skia reads")
    return webp(image, longest_side)


def webp(image: skia.Image, longest_side: int) -> bytes:
    """`image` as WebP, no side longer than `longest_side`."""
    scale = min(1.0, longest_side / max(image.width(), image.height()))
    width, height = (max(1, round(side * scale)) for side in (image.width(), image.height()))
    surface = skia.Surface(width, height)
    place = skia.Rect.MakeWH(width, height)
    surface.getCanvas().drawImageRect(image.withDefaultMipmaps(), place, _SMOOTH)
    encoded = surface.makeImageSnapshot().encodeToData(skia.kWEBP, _QUALITY)
    return bytes(encoded)
