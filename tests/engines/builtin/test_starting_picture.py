"""The picture that a film begins with."""

import struct
from pathlib import Path

import numpy as np
import pytest
import skia

from surtitle.engines.builtin.film_encoding import ffmpeg_program
from surtitle.engines.builtin.starting_picture import fitted_pixels

_ORIENTATION, _LIES_ON_ITS_SIDE = 0x0112, 6
_SHORT = 3


def _photograph() -> bytes:
    """A JPEG file, 64 x 32, green at the left and red at the right, as a camera held upright leaves it."""
    surface = skia.Surface(64, 32)
    surface.getCanvas().clear(skia.ColorRED)
    surface.getCanvas().drawRect(skia.Rect.MakeWH(32, 32), skia.Paint(Color=skia.ColorGREEN))
    jpeg = bytes(surface.makeImageSnapshot().encodeToData(skia.kJPEG, 95))
    entry = struct.pack("<HHIHH", _ORIENTATION, _SHORT, 1, _LIES_ON_ITS_SIDE, 0)
    exif = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 0)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def test_a_photograph_taken_upright_stands_upright(tmp_path: Path) -> None:
    (tmp_path / "photograph").write_bytes(_photograph())
    upright = fitted_pixels(ffmpeg_program(None), tmp_path / "photograph", (32, 64)).astype(np.int16)
    assert upright[4, 16] == pytest.approx([0, 255, 0], abs=6)
    assert upright[60, 16] == pytest.approx([255, 0, 0], abs=6)
