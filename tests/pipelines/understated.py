"""A recording that holds more than its header tells."""

import struct
import subprocess
from pathlib import Path

import imageio_ffmpeg

from surtitle.media.probing import examine

# Matroska's element Duration: its id, and that 8 bytes of a float follow. In milliseconds.
_DURATION = b"\x44\x89\x88"


def understated(folder: Path, seconds: int) -> Path:
    """So many seconds of a tone in a file that tells of one."""
    path = folder / "talk.mka"
    source = ["-f", "lavfi", "-i", f"sine=r=8000:d={seconds}"]
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-loglevel", "error", *source, "-c:a", "flac", str(path)], check=True)
    data = path.read_bytes()
    at = data.index(_DURATION) + len(_DURATION)
    path.write_bytes(data[:at] + struct.pack(">d", 1000.0) + data[at + 8 :])
    assert examine(path).duration_seconds == 1.0
    return path
