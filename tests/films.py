"""Films that tests made, looked at."""

import hashlib
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import av

from surtitle.engines.builtin.film_encoding import ffmpeg_program


@dataclass(frozen=True, slots=True)
class FilmFacts:
    codec: str
    size: tuple[int, int]
    rate: float
    frames: int
    streams: int
    hashes: tuple[str, ...]
    """Of each frame's pixels, in order."""


def moving_picture(path: Path) -> Path:
    """Three seconds at 208x120 and 16 frames a second, with sound: what a server may send as a clip."""
    sources = ["-f", "lavfi", "-i", "testsrc=s=208x120:r=16:d=3", "-f", "lavfi", "-i", "sine=d=3"]
    subprocess.run([str(ffmpeg_program(None)), "-y", "-loglevel", "error", *sources, str(path)], check=True)
    return path


def painted_png(width: int, height: int, colour: tuple[int, int, int] = (0, 128, 128)) -> bytes:
    """A picture of one colour as a PNG file."""
    rows = (b"\0" + bytes(colour) * width) * height
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def film_facts(path: Path) -> FilmFacts:
    with av.open(str(path)) as film:
        picture = film.streams.video[0]
        hashes = [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in film.decode(picture)]
        return FilmFacts(
            picture.codec_context.name,
            (picture.width, picture.height),
            float(picture.average_rate or 0),
            len(hashes),
            len(film.streams),
            tuple(hashes),
        )
