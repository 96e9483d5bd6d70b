"""The recordings that the benchmarks work on, made on the spot when first asked for.

The local voice reads `narration.txt`, so what was said is known, and everybody's figures are about the
same sound. The picture is ffmpeg's moving test card, which is harder to encode than a talking head.
"""

import re
import wave
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tests.spoken import VOICE_RATE_HZ, ffmpeg, film, speak

from benchmarks.report import progress

PCM = npt.NDArray[np.int16]
"""16-bit mono at the voice's rate, shape `(samples,)`."""

_SHARED_MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media"
_TEXT = Path(__file__).with_name("narration.txt")
_DOCUMENTATION = Path(__file__).resolve().parents[1] / "docs"
_QUICK_PARAGRAPHS = 2
_PAUSE_SECONDS = 0.8
_CLIP_SECONDS = 15
_MINUTE_SECONDS = 60
_QUICK_MINUTE_SECONDS = 5
_HOURLY_REPEATS = 6
_HALF_HOURLY_REPEATS = 3
_THREE_HOURLY_REPEATS = 18


class Materials:
    """Each recording is a path, each made once in `folder`. `quick` makes all of them short.

    `pairs` is how often sides that are compared take turns, there and back.
    """

    def __init__(self, folder: Path, *, quick: bool, pairs: int) -> None:
        self.folder = folder
        self.quick = quick
        self.pairs = 1 if quick else pairs

    @cached_property
    def text(self) -> str:
        """What the narration says."""
        paragraphs = _TEXT.read_text(encoding="utf-8").strip().split("\n\n")
        return "\n\n".join(paragraphs[:_QUICK_PARAGRAPHS] if self.quick else paragraphs)

    @cached_property
    def prose(self) -> str:
        """Some ten thousands of words that do not repeat, as speech does not: our documentation, without what
        stands in it for programs. What says the same again and again can be packed far smaller.
        """
        pages = (page.read_text(encoding="utf-8") for page in sorted(_DOCUMENTATION.rglob("*.md")))
        return " ".join(
            re.findall(r"[A-Za-z']+[.,]?", re.sub(r"```.*?```", "", "\n".join(pages), flags=re.DOTALL))
        )

    @cached_property
    def narration(self) -> Path:
        """Ten minutes, as the AAC that phones and meeting tools write."""
        return self._compressed(self._spoken, "narration")

    @cached_property
    def hour(self) -> Path:
        """The narration six times."""
        return self._compressed(np.tile(self._spoken, _HOURLY_REPEATS), "hour")

    @cached_property
    def half_hour(self) -> Path:
        """The narration three times."""
        return self._repeated(_HALF_HOURLY_REPEATS, "half-hour")

    @property
    def half_hour_text(self) -> str:
        return "\n\n".join([self.text] * _HALF_HOURLY_REPEATS)

    @cached_property
    def three_hours(self) -> Path:
        """The narration eighteen times."""
        return self._repeated(_THREE_HOURLY_REPEATS, "three-hours")

    @cached_property
    def clip(self) -> Path:
        """A few seconds to warm up with."""
        return self._compressed(self._spoken[: _CLIP_SECONDS * VOICE_RATE_HZ], "clip")

    @cached_property
    def minute_film(self) -> Path:
        """60 s of 1280x720 at 30 frames a second."""
        seconds = _QUICK_MINUTE_SECONDS if self.quick else _MINUTE_SECONDS
        return self._film(self._wav(self._spoken[: seconds * VOICE_RATE_HZ], "minute"), "minute")

    @cached_property
    def narration_film(self) -> Path:
        """The narration under 1280x720 at 30 frames a second."""
        return self._film(self._wav(self._spoken, "narration"), "narration")

    @cached_property
    def meeting(self) -> Path | None:
        """Three minutes of real voices, where `shared/media` is."""
        return shared_media("meeting-a.flac")

    @cached_property
    def meeting_film(self) -> Path | None:
        return self._film(self.meeting, "meeting") if self.meeting else None

    @cached_property
    def meeting_text(self) -> str | None:
        """Each utterance of the meeting decoded alone: a yardstick for lost words."""
        path = shared_media("meeting-a.utterances.txt")
        return path.read_text(encoding="utf-8") if path else None

    @cached_property
    def address(self) -> Path | None:
        """Eleven seconds from 1961, where `shared/media` is."""
        return shared_media("jfk.flac")

    def upload_of(self, size_bytes: int) -> Path:
        """A WAV of exactly that size."""
        head = 44
        samples = np.resize(self._spoken, (size_bytes - head) // 2)
        return self._wav(samples, f"upload-{size_bytes}")

    def slices(self, weights: list[float]) -> list[Path]:
        """The narration cut into recordings whose lengths are in the ratio of `weights`."""
        edges = np.cumsum([0.0, *weights]) / sum(weights) * self._spoken.size
        name = "-".join(f"{weight:g}" for weight in weights)
        return [
            self._compressed(self._spoken[int(edges[i]) : int(edges[i + 1])], f"slice-{name}-{i}")
            for i in range(len(weights))
        ]

    @cached_property
    def _spoken(self) -> PCM:
        progress("speaking the narration")
        pause = np.zeros(int(_PAUSE_SECONDS * VOICE_RATE_HZ), dtype=np.int16)
        parts = []
        for number, paragraph in enumerate(re.split(r"\n\n", self.text)):
            parts += [_samples(speak(paragraph, self.folder / f"paragraph-{number}.wav")), pause]
        return np.concatenate(parts)

    def _wav(self, samples: PCM, name: str) -> Path:
        path = self.folder / f"{name}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(VOICE_RATE_HZ)
            file.writeframes(samples.tobytes())
        return path

    def _compressed(self, samples: PCM, name: str) -> Path:
        path = self.folder / f"{name}.m4a"
        ffmpeg("-i", str(self._wav(samples, name)), "-c:a", "aac", "-b:a", "96k", str(path))
        return path

    def _repeated(self, times: int, name: str) -> Path:
        """The narration's packets over and over: nothing is encoded again, or held in memory."""
        path = self.folder / f"{name}.m4a"
        ffmpeg("-stream_loop", str(times - 1), "-i", str(self.narration), "-c", "copy", str(path))
        return path

    def _film(self, sound: Path, name: str) -> Path:
        progress(f"drawing the film {name}")
        return film(sound, self.folder / f"{name}.mp4", size="1280x720", rate=30)


def seconds_of(path: Path) -> float:
    """How long a recording lasts."""
    import av  # noqa: PLC0415 - the bare engine's process wants nothing of it

    with av.open(str(path)) as container:
        return (container.duration or 0) / av.time_base


def _samples(path: Path) -> PCM:
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def shared_media(name: str) -> Path | None:
    """A real recording, where the folder `shared/media` lies beside the checkout."""
    path = _SHARED_MEDIA / name
    return path if path.exists() else None
