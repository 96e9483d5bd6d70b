"""The picture that a film begins with, made to fill the frames that a model draws."""

import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surtitle.engines.errors import EngineFailed
from surtitle.processes import tethered

_DEMUXERS = {b"\xff\xd8\xff": "jpeg_pipe", b"\x89PNG": "png_pipe", b"RIFF": "webp_pipe"}
_PIXELS = ("-pix_fmt", "rgb24", "-f", "rawvideo")
# Of 2 to 31, the finest: what a model sees of it is no different from the original.
_JPEG = ("-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "2", "-fflags", "+bitexact", "-f", "image2pipe")
_COMPLAINT_CHARACTERS = 200


def fitted_pixels(program: Path, picture: Path, size: tuple[int, int]) -> NDArray[np.uint8]:
    """uint8 RGB, shape `(height, width, 3)`, of exactly `size`: scaled to fill it, cropped around its middle.

    `program` is ffmpeg. Raises `EngineFailed`.
    """
    width, height = size
    return np.frombuffer(_drawn(program, picture, size, _PIXELS), np.uint8).reshape(height, width, 3)


def fitted_jpeg(program: Path, picture: Path, size: tuple[int, int]) -> bytes:
    """The same as a JPEG file. The same picture gives the same bytes."""
    return _drawn(program, picture, size, _JPEG)


def _drawn(program: Path, picture: Path, size: tuple[int, int], ending: tuple[str, ...]) -> bytes:
    filled = "{}:{}".format(*size)
    filters = f"scale={filled}:force_original_aspect_ratio=increase:flags=lanczos,crop={filled},setsar=1"
    reading = ["-protocol_whitelist", "file", "-f", _demuxer(picture), "-i", f"file:{picture}"]
    quiet = ["-hide_banner", "-nostats", "-loglevel", "error"]
    command = [str(program), *quiet, *reading, "-frames:v", "1", "-vf", filters, *ending, "pipe:1"]
    run = subprocess.run(tethered(command), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if run.returncode != 0 or not run.stdout:
        said = run.stderr.decode(errors="replace").strip()[-_COMPLAINT_CHARACTERS:]
        raise EngineFailed(f"The picture to begin with could not be read: {said or run.returncode}")
    return run.stdout


def _demuxer(picture: Path) -> str:
    """The one that is meant: ffmpeg's own guess would also read playlists that name other files."""
    with picture.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in _DEMUXERS.items() if head.startswith(mark)), "png_pipe")
