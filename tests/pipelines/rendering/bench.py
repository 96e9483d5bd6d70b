"""Small clips made by the ffmpeg under test, and ways to look at what came out."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())

_SCRIPT = """\
[Script Info]
ScriptType: v4.00+
PlayResX: 320
PlayResY: 180
WrapStyle: 2

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, \
Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, \
MarginR, MarginV, Encoding
Style: Default,{font},60,&H00FFFFFF,&H00FFFFFF,&H00FFFFFF,&H00FFFFFF,0,0,0,0,100,100,0,0,1,0,0,5,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A place to make clips in."""

    folder: Path

    def clip(
        self,
        name: str = "clip.mp4",
        *,
        size: str = "320x180",
        seconds: float = 1,
        picture: str = "color=c=black:s={size}:r=25:d={seconds}",
        coding: tuple[str, ...] = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"),
        extra: tuple[str, ...] = (),
    ) -> Path:
        """A black picture of 25 frames a second with a tone, unless told otherwise."""
        path = self.folder / name
        shown = ["-f", "lavfi", "-i", picture.format(size=size, seconds=seconds)]
        heard = ["-f", "lavfi", "-i", f"sine=d={seconds}"]
        ffmpeg(*shown, *heard, *coding, "-pix_fmt", "yuv420p", *extra, f"file:{path}")
        return path

    def half_understood(self, *, known: str = "pcm_s16le", unread: int = 1) -> Path:
        """A clip with two sound tracks: one coded as `known`, and `unread` (from 0) as nobody knows."""
        sounds = ("-map", "0", "-map", "1", "-map", "1", f"-c:a:{1 - unread}", known)
        path = self.clip("half.mov", coding=("-c:v", "libx264", "-c:a", "pcm_s16le"), extra=sounds)
        data = bytearray(path.read_bytes())
        moov = data.rindex(b"moov")
        # The code of 16-bit PCM, in the description of each track.
        place = data.rindex(b"sowt") if unread else data.index(b"sowt", moov)
        data[place : place + 4] = b"zzzz"
        path.write_bytes(data)
        return path


def ffmpeg(*arguments: str) -> bytes:
    run = subprocess.run(
        [str(FFMPEG), "-y", "-nostdin", "-v", "error", *arguments], check=False, capture_output=True
    )
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


def ass(text: str = "Hello", *, font: str = "Inter") -> str:
    """An ASS document that says one thing in white, in the middle, for ten seconds."""
    event = f"Dialogue: 0,0:00:00.00,0:00:10.00,Default,,0,0,0,,{text}\n"
    return _SCRIPT.format(font=font) + (event if text else "")


def luma(path: Path, width: int, height: int, *, at_seconds: float = 0.4) -> npt.NDArray[np.uint8]:
    """The brightness of the picture at a moment, shape `(height, width)`."""
    one = ("-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-")
    raw = ffmpeg("-ss", str(at_seconds), "-i", f"file:{path}", *one)
    return np.frombuffer(raw, dtype=np.uint8).reshape(height, width)


def packets(path: Path, stream: str) -> bytes:
    """A digest of a stream's packets, untouched: equal before and after a copy."""
    return ffmpeg("-i", f"file:{path}", "-map", stream, "-c", "copy", "-f", "hash", "-")


def streams(path: Path) -> list[str]:
    with av.open(str(path)) as container:
        return [f"{stream.type}:{stream.codec_context.codec.canonical_name}" for stream in container.streams]
