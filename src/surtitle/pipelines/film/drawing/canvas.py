"""Pixels that Skia draws into and the encoder reads: opaque BGRA, for which Skia's ways are quickest."""

import numpy as np
import skia
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class Sheet:
    """A picture in memory, shape `(height, width, 4)`, with a canvas that draws into it."""

    def __init__(self, width: int, height: int) -> None:
        self.pixels: Pixels = np.zeros((height, width, 4), np.uint8)
        self._surface = surface_on(self.pixels)
        self.canvas: skia.Canvas = self._surface.getCanvas()
        self.canvas.clear(0xFF000000)


def surface_on(pixels: Pixels) -> skia.Surface:
    """A surface that draws into `pixels`, which must outlive it."""
    height, width = pixels.shape[:2]
    info = skia.ImageInfo.Make(width, height, skia.kBGRA_8888_ColorType, skia.kOpaque_AlphaType)
    return skia.Surface.MakeRasterDirect(info, pixels, pixels.strides[0])


def opaque_image(pixels: Pixels) -> skia.Image:
    """A picture with its own copy of `pixels`."""
    return surface_on(pixels).makeImageSnapshot()
