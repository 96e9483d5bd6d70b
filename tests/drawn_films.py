"""Requests for drawn films: a scene of every template, told word by word."""

import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from surtitle.domain.films import FilmRequest, Scene, Shot, Template
from surtitle.domain.options import CaptionStyle
from surtitle.domain.transcript import Word

SCENES = (
    Scene(Template.TITLE, "The garden street", ("How one street in Lyon cooled itself down",)),
    Scene(Template.STATEMENT, "Trees are the cheapest air conditioning", emphasis=("cheapest",)),
    Scene(Template.LIST, "What they changed", ("Lifted the asphalt", "Planted forty trees", "Moved cars")),
    Scene(Template.QUOTE, "Amina Diallo, baker", ("Now people sit outside until eight.",)),
    Scene(Template.NUMBER, "87.5 %", ("of the neighbours voted to keep it",)),
    Scene(Template.PICTURE, "Four degrees cooler"),
)
WORDS_A_SECOND = 2.5


def told(text: str, start_seconds: float = 0.0) -> tuple[Word, ...]:
    step = 1 / WORDS_A_SECOND
    return tuple(
        Word(str(n), word, start_seconds + n * step, start_seconds + (n + 0.9) * step)
        for n, word in enumerate(text.split())
    )


def request_for(
    scenes: Sequence[Scene] = SCENES, *, each_seconds: float = 2.0, **changes: Any
) -> FilmRequest:
    shots = tuple(Shot(s, n * each_seconds, (n + 1) * each_seconds) for n, s in enumerate(scenes))
    words = [
        word for shot in shots for word in told(" ".join(shot.scene.lines)[:24], shot.start_seconds + 0.2)
    ]
    request = FilmRequest(
        prompt="The garden street",
        title="The garden street",
        width=320,
        height=180,
        frames_per_second=10,
        duration_seconds=each_seconds * max(1, len(shots)),
        shots=shots,
        words=tuple(words),
        captions=CaptionStyle(karaoke=True),
    )
    return replace(request, **changes)


def write_sound(path: Path, samples: np.ndarray[Any, Any], rate_hz: int = 16_000) -> Path:
    """A WAV of one channel, full scale at ±1."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    return path
