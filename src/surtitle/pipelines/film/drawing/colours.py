"""Colours by number, and whether one can be read on another.

Contrast is that of WCAG 2.2 (Understanding 1.4.3): 4.5 to 1 for text.
"""

from typing import NamedTuple

TEXT_CONTRAST = 4.5

_STEPS = 20


class Colour(NamedTuple):
    """Red, green and blue, 0..255 each."""

    red: int
    green: int
    blue: int


INK = Colour(22, 14, 46)
PAPER = Colour(247, 244, 237)
WHITE = Colour(255, 255, 255)


def parse(text: str) -> Colour:
    """`#RRGGBB`; an opacity after it is left out (see `opacity`)."""
    return Colour(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def opacity(text: str) -> float:
    """The AA of `#RRGGBBAA`, 0..1."""
    return int(text[7:9], 16) / 255 if len(text) > len("#RRGGBB") else 1.0


def argb(colour: Colour, alpha: float = 1.0) -> int:
    """As Skia takes it."""
    return round(alpha * 255) << 24 | colour.red << 16 | colour.green << 8 | colour.blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0 is `one`, 1 the `other`."""
    return Colour(*(round(a + (b - a) * share) for a, b in zip(one, other, strict=True)))


def luminance(colour: Colour) -> float:
    red, green, blue = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """1 (the same) to 21 (black on white)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable_on(ground: Colour) -> Colour:
    """Ink or white, whichever is read better."""
    return max((INK, WHITE), key=lambda colour: contrast(colour, ground))


def told_apart(colour: Colour, ground: Colour, wanted: float) -> Colour:
    """`colour`, made lighter or darker until it has the `wanted` contrast to `ground`."""
    towards = WHITE if luminance(ground) < luminance(readable_on(ground)) else Colour(0, 0, 0)
    for step in range(_STEPS + 1):
        nearer = mixed(colour, towards, step / _STEPS)
        if contrast(nearer, ground) >= wanted:
            return nearer
    return towards


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
