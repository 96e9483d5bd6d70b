"""Single utterances to mix conversations from: real voices where `shared/media` is, else the local voice.

What the real voices say is not in `shared/media`. The yardstick for them is each utterance decoded alone
by faster-whisper (Whisper base, int8 on a CPU, sequential, beam 5, temperature 0): what the model can hear
at best when nothing stands around it.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tests.spoken import speak

from benchmarks.bare import engine_setup
from benchmarks.materials import Materials, shared_media
from benchmarks.product import MODEL
from benchmarks.report import progress
from benchmarks.sounds import SAMPLE_RATE_HZ, Sound

_LOCAL_PITCHES = {"low": 0.86, "middle": 1.0, "high": 1.12}
"""The local voice is one person; played slower and faster it passes for three."""
_REPLIES = ("Yes, I think so.", "No, not today.", "What did she say?", "I will ask him tomorrow.")
_LEAST_REPLY_WORDS, _MOST_WORDS = 3, 30
_EDGE_SECONDS = 0.08
_EDGE_FRAME_SECONDS = 0.02
_EDGE_DECIBELS = -38
"""Quieter than this below the loudest frame counts as silence at the ends of a clip."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one person says at a stretch, without the silence around it."""

    clip: str
    speaker: str
    sound: Sound
    text: str


def real_utterances(cache: Path) -> list[Utterance]:
    """The clips of `shared/media/voices`; none where that is not. What they say is kept in `cache`."""
    folder = shared_media("voices")
    clips = sorted(folder.glob("*.flac")) if folder else []
    texts = _yardstick(clips, cache)
    return [
        Utterance(clip.stem, clip.stem.split("-", 1)[0], _trimmed(_read(clip)), texts[clip.stem])
        for clip in clips
    ]


def local_utterances(folder: Path) -> list[Utterance]:
    """Sentences of the narration and short replies, in three pitches of the local voice."""
    text = Materials(folder, quick=False, pairs=1).text
    sentences = [one for one in re.split(r"(?<=[.?!])\s+", text) if _fits(one)]
    return [
        Utterance(f"{pitch}-{number}", pitch, _spoken(sentence, ratio, folder), sentence)
        for number, sentence in enumerate([*_REPLIES * 4, *sentences])
        for pitch, ratio in [list(_LOCAL_PITCHES.items())[number % len(_LOCAL_PITCHES)]]
    ]


def whole_clip(path: Path) -> Sound:
    """A recording as it is."""
    return _read(path)


def trimmed_clip(path: Path, rate_hz: int = SAMPLE_RATE_HZ) -> Sound:
    """A recording without the silence around it; read at another rate it is a slower or faster voice."""
    return _trimmed(_read(path, rate_hz))


def spoken_alone(word: str, folder: Path) -> Sound:
    """One word by the local voice, from its first sample that can be heard to its last."""
    return _trimmed(_read(speak(word, folder / "word.wav")), edge_seconds=0.0)


def _fits(sentence: str) -> bool:
    return _LEAST_REPLY_WORDS <= len(sentence.split()) <= _MOST_WORDS


def _spoken(sentence: str, ratio: float, folder: Path) -> Sound:
    folder.mkdir(parents=True, exist_ok=True)
    return _trimmed(_read(speak(sentence, folder / "sentence.wav"), int(SAMPLE_RATE_HZ / ratio)))


def _read(path: Path, rate_hz: int = SAMPLE_RATE_HZ) -> Sound:
    from faster_whisper.audio import decode_audio  # noqa: PLC0415 - nobody else wants it loaded

    sound: Sound = decode_audio(str(path), sampling_rate=rate_hz)
    return sound


def _trimmed(sound: Sound, edge_seconds: float = _EDGE_SECONDS) -> Sound:
    """Without the silence at both ends, so that a gap in a mix is as long as it says."""
    frame = int(_EDGE_FRAME_SECONDS * SAMPLE_RATE_HZ)
    frames = sound[: sound.size // frame * frame].reshape(-1, frame)
    loudness = np.sqrt(np.mean(np.square(frames), axis=1))
    (loud,) = np.nonzero(loudness > loudness.max() * 10 ** (_EDGE_DECIBELS / 20))
    edge = int(edge_seconds * SAMPLE_RATE_HZ)
    return sound[max(loud[0] * frame - edge, 0) : (loud[-1] + 1) * frame + edge]


def _yardstick(clips: Iterable[Path], cache: Path) -> dict[str, str]:
    texts: dict[str, str] = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    missing = [clip for clip in clips if clip.stem not in texts]
    if missing:
        progress(f"decoding {len(missing)} utterances, each alone")
        texts |= _decoded_alone(missing)
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(texts, indent=1), encoding="utf-8")
    return texts


def _decoded_alone(clips: list[Path]) -> dict[str, str]:
    from faster_whisper import WhisperModel  # noqa: PLC0415 - only this loads a model here

    setup = engine_setup(MODEL)
    whisper: Any = WhisperModel(
        str(setup.model_directory),
        device=setup.device,
        compute_type=setup.compute_type,
        cpu_threads=setup.threads,
    )

    def heard(clip: Path) -> str:
        segments, _ = whisper.transcribe(
            str(clip), language="en", beam_size=5, temperature=0, condition_on_previous_text=False
        )
        return " ".join(segment.text.strip() for segment in segments)

    return {clip.stem: heard(clip) for clip in clips}
