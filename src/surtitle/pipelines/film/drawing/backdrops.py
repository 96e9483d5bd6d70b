"""Soft coloured light that drifts. It is painted once, larger than the picture, and then only shifted."""

import math
from dataclasses import dataclass

import numpy as np
import skia
from numpy.typing import NDArray

from surtitle.pipelines.film.drawing.canvas import opaque_image
from surtitle.pipelines.film.drawing.colours import Colour
from surtitle.pipelines.film.drawing.easing import swing
from surtitle.pipelines.film.drawing.stage import Stage

_OVERSIZE = 0.1
_COARSE = 24
_PERIODS_SECONDS = (29.0, 37.0)
# It drifts so slowly that more steps are not seen; what does not change costs the encoder nothing.
_STEPS_A_SECOND = 12

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Glow:
    """A light at `x`, `y` (shares of the picture), `radius` of its shorter side, `strength` 0..1."""

    x: float
    y: float
    radius: float
    colour: Colour
    strength: float


class Backdrop:
    """A painted ground, drawn shifted by whole pixels: nobody sees the steps of something so soft."""

    def __init__(self, stage: Stage, ground: Colour, glows: tuple[Glow, ...], *, shade: float = 0.0) -> None:
        self._room = (int(stage.width * _OVERSIZE) // 2 * 2, int(stage.height * _OVERSIZE) // 2 * 2)
        width, height = stage.width + self._room[0], stage.height + self._room[1]
        self._image = opaque_image(_painted(width, height, ground, glows, shade))

    def draw(self, canvas: skia.Canvas, seconds: float) -> None:
        seconds = math.floor(seconds * _STEPS_A_SECOND) / _STEPS_A_SECOND
        x, y = (
            -round(room * (0.5 + 0.5 * swing(seconds, period, phase)))
            for room, period, phase in zip(self._room, _PERIODS_SECONDS, (0.0, 0.2), strict=True)
        )
        canvas.drawImage(self._image, x, y)


def _painted(
    width: int, height: int, ground: Colour, glows: tuple[Glow, ...], shade: float
) -> NDArray[np.uint8]:
    """BGRA. Coarse first, then drawn out: light has no detail. The noise keeps its steps invisible."""
    rows, columns = max(2, height // _COARSE), max(2, width // _COARSE)
    light = _lit(rows, columns, width / height, ground=ground, glows=glows, shade=shade)
    tall, wide = _stretch(height, rows), _stretch(width, columns)
    noise = np.random.default_rng(7).random((height, width), dtype=np.float32)
    painted = np.full((height, width, 4), 255, np.uint8)
    for channel in range(3):
        drawn_out = tall @ light[..., channel] @ wide.T
        painted[..., 2 - channel] = np.clip(drawn_out + noise, 0, 255)
    return painted


def _lit(
    rows: int, columns: int, aspect: float, *, ground: Colour, glows: tuple[Glow, ...], shade: float
) -> Floats:
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    x, y = x / (columns - 1), y / (rows - 1)
    # Distances count in shares of the shorter side, so that a glow is round in every shape of picture.
    across, down = max(1.0, aspect), max(1.0, 1 / aspect)
    light = np.broadcast_to(np.array(ground, np.float32), (rows, columns, 3)).copy()
    for glow in glows:
        distance = ((x - glow.x) * across) ** 2 + ((y - glow.y) * down) ** 2
        weight = (glow.strength * np.exp(-distance / glow.radius**2))[..., None]
        light += (np.array(glow.colour, np.float32) - light) * weight
    edge = np.clip(np.hypot(x - 0.5, y - 0.5) / 0.71, 0, 1)[..., None]
    lit: Floats = (light * (1 - shade * edge**2)).astype(np.float32)
    return lit


def _stretch(size: int, points: int) -> Floats:
    """The matrix that draws `points` values out to `size` by cubic B-splines: straight lines between them
    would be seen as folds.
    """
    places = np.linspace(0, points - 1, size, dtype=np.float32)
    distance = np.abs(places[:, None] - np.arange(points, dtype=np.float32)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    weights = np.where(distance < 1, near, np.clip(2 - distance, 0, 1) ** 3 / 6)
    even: Floats = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return even
