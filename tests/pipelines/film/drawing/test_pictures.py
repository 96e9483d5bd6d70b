import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import skia

from surtitle.pipelines.film.drawing.errors import UnreadablePicture
from surtitle.pipelines.film.drawing.pictures import filling, opened_picture


def png(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that claims this size and holds `body`."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/x"/></svg>',
            "not a picture",
        ),
        (b"%PDF-1.7", "not a picture"),
        (b"", "not a picture"),
        (b"\x89PNG\r\n\x1a\n garbage", "damaged"),
        (png(20_000, 20_000), "more than 50 million"),
    ],
)
def test_what_is_no_picture_to_show_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(UnreadablePicture, match=reason):
        opened_picture(path)


def test_a_picture_fills_another_shape_without_being_drawn_wide() -> None:
    tall = skia.Surface(40, 200)
    tall.getCanvas().clear(0xFF00FF00)
    filled = filling(tall.makeImageSnapshot(), 320, 180)
    pixels = np.asarray(filled.toarray(colorType=skia.kRGBA_8888_ColorType))
    assert (filled.width(), filled.height()) == (320, 180)
    # Whole in the middle, and darker beside it.
    assert tuple(pixels[90, 160][:3]) == (0, 255, 0)
    assert tuple(pixels[2, 160][:3]) == (0, 255, 0)
    assert 0 < pixels[90, 20][1] < 200
