"""Recordings whose words are known: the local voice speaks them, ffmpeg adds a picture."""

import subprocess
import wave
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np

VOICE_RATE_HZ = 24_000


@cache
def _voice() -> Any:
    from hibari import Hibari  # noqa: PLC0415  it takes a second to load

    return Hibari(threads=1)


def speak(text: str, path: Path) -> Path:
    """`text` as a 24 kHz WAV; the same text gives the same file."""
    samples = np.clip(_voice()(text, seed=0) * 32767, -32768, 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(VOICE_RATE_HZ)
        file.writeframes(samples.tobytes())
    return path


def film(sound: Path, path: Path, *, size: str = "320x180", rate: int = 15) -> Path:
    """`sound` under a moving test picture, as H.264 and AAC in the container that `path` names."""
    ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}", "-i", str(sound), "-shortest"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)),
    )
    return path


def ffmpeg(*arguments: str) -> None:
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-loglevel", "error", *arguments], check=True
    )
