"""Pictures for films, among them those that somebody made to do harm."""

import struct
import zlib
from pathlib import Path

import pytest
from tests.media.streams import Make

from surtitle.errors import Invalid
from surtitle.media.errors import NotMedia
from surtitle.media.probe import require_sound
from surtitle.media.probing import examine


def still(make: Make, name: str, size: str = "100x50") -> Path:
    return make(name, "-f", "lavfi", "-i", f"color=red:s={size}", "-frames:v", "1")


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(64))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_a_picture_is_described_and_has_no_sound_to_work_on(make: Make, ending: str) -> None:
    probe = examine(still(make, f"still.{ending}"))
    assert probe.still
    assert probe.video is not None
    assert (probe.video.width, probe.video.height, probe.duration_seconds) == (100, 50, 0.0)
    assert probe.content_type.startswith("image/")
    with pytest.raises(Invalid, match="no audio track"):
        require_sound(probe)


@pytest.mark.parametrize("size", [(20_000, 100), (9_000, 9_000), (60_000, 60_000)])
def test_a_picture_that_claims_too_many_pixels_is_not_unpacked(tmp_path: Path, size: tuple[int, int]) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_of(*size))
    with pytest.raises(NotMedia, match=r"pixels|damaged"):
        examine(bomb)


def test_a_damaged_picture_and_a_drawing_with_links_are_refused(make: Make, tmp_path: Path) -> None:
    whole = still(make, "whole.png")
    for name, data in (
        ("cut.png", whole.read_bytes()[:60]),
        ("noise.jpg", b"\xff\xd8\xff" + b"a" * 500),
        ("links.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1/x"/></svg>'),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(NotMedia):
            examine(path)
