"""Speech by Kokoro-82M (Apache-2.0), int8, on a CPU: 24 kHz, about 1.5 times real time on two cores.

The model takes phonemes in the alphabet of misaki, 510 at most, and a style that depends on their number.
Source: https://huggingface.co/hexgrad/Kokoro-82M; the graph was exported by kokoro-onnx.
"""

import re
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

import surtitle
from surtitle.engines.builtin.espeak_phonemes import phonemes_of
from surtitle.engines.builtin.kokoro_alphabet import TOKENS
from surtitle.engines.builtin.spoken_text import require_sayable, require_speed, require_voice
from surtitle.engines.builtin.voice_lists import KOKORO, KOKORO_VOICES, KokoroVoice
from surtitle.engines.builtin.word_marks import frames_to_seconds, session_with, word_times
from surtitle.engines.protocols import EngineSetup, Speech
from surtitle.engines.sound import Samples
from surtitle.errors import Invalid, Unavailable

STYLES = Path(surtitle.__file__).parent / "assets" / "voices"

_MODEL_FILE = "kokoro-v1.0.int8.onnx"
_RATE_HZ = 24_000
# How many frames each phoneme lasts, inside the graph; a frame is 25 ms.
_DURATIONS = "/encoder/Clip_output_0"
_FRAME_SAMPLES = 600
_MOST_PHONEMES = 510
_STYLE_VALUES = 256
_PADDING = 0
# The least disruptive place to cut: after a sentence, a clause, a word.
_CUTS = (re.compile(r"(?<=[.!?…])\s+"), re.compile(r"(?<=[,;:—])\s+"), re.compile(r"\s+"))


class KokoroSynthesizer:
    """Voices are those of `voice_lists.KOKORO_VOICES`. `seed` changes nothing: nothing in it is random."""

    def __init__(self, setup: EngineSetup) -> None:
        assert setup.model_directory is not None
        self._session = session_with(setup.model_directory / _MODEL_FILE, _DURATIONS, setup.threads)
        self._styles: dict[str, Samples] = {}

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        name = require_voice(voice, KOKORO, "kokoro")
        require_speed(speed)
        chosen = next(entry for entry in KOKORO_VOICES if entry.name == name)
        phonemes = self._phonemes(require_sayable(text), chosen)
        pieces = [self._spoken(piece, chosen.style, speed) for piece in cut(phonemes, _MOST_PHONEMES)]
        if not pieces:
            raise Invalid(f"There is nothing to say in {text[:60]!r}.", field="text")
        lasting = [one for _, phonemes in pieces for one in phonemes]
        times = word_times(text, [phoneme for phoneme, _ in lasting], [seconds for _, seconds in lasting])
        return Speech(np.concatenate([samples for samples, _ in pieces]), _RATE_HZ, times)

    def _phonemes(self, text: str, voice: KokoroVoice) -> str:
        if voice.accent is not None:
            spelled = phonemes_of(text, voice.accent)
        else:
            spelled = str(self._british(text) if voice.style.startswith("b") else self._american(text))
        return " ".join("".join(filter(TOKENS.__contains__, spelled)).split())

    def _spoken(self, phonemes: str, style: str, speed: float) -> tuple[Samples, list[tuple[str, float]]]:
        """The sound, and how long each phoneme lasts."""
        tokens = [TOKENS[phoneme] for phoneme in phonemes]
        styles = self._styles.setdefault(style, _style(style))
        inputs = {
            "tokens": np.array([[_PADDING, *tokens, _PADDING]], dtype=np.int64),
            "style": styles[min(len(tokens), len(styles)) - 1][None, :],
            "speed": np.array([speed], dtype=np.float32),
        }
        sound, durations = self._session.run(None, inputs)
        samples: Samples = np.asarray(sound, dtype=np.float32).ravel()
        lasting = frames_to_seconds(durations, _FRAME_SAMPLES, _RATE_HZ)
        return samples, list(zip((" ", *phonemes, " "), lasting, strict=True))

    @cached_property
    def _american(self) -> Any:
        return _english(british=False)

    @cached_property
    def _british(self) -> Any:
        return _english(british=True)


def cut(phonemes: str, most: int) -> Iterator[str]:
    """`phonemes` in pieces of at most `most`, cut where it is heard least."""
    return _gathered(_atoms(phonemes, most, _CUTS), most)


def _atoms(phonemes: str, most: int, cuts: tuple[re.Pattern[str], ...]) -> Iterator[str]:
    if len(phonemes) <= most:
        yield from [phonemes] if phonemes else []
    elif not cuts:
        yield from (phonemes[start : start + most] for start in range(0, len(phonemes), most))
    else:
        for piece in cuts[0].split(phonemes):
            yield from _atoms(piece, most, cuts[1:])


def _gathered(atoms: Iterator[str], most: int) -> Iterator[str]:
    gathered = ""
    for atom in atoms:
        if gathered and len(gathered) + 1 + len(atom) > most:
            yield gathered
            gathered = atom
        else:
            gathered = f"{gathered} {atom}" if gathered else atom
    if gathered:
        yield gathered


def _style(name: str) -> Samples:
    """Shape `(phonemes, values)`: a style for each number of phonemes."""
    try:
        values = np.fromfile(STYLES / f"{name}.bin", dtype="<f4")
    except OSError:
        raise Unavailable(f"The voice {name} is missing from {STYLES}. Reinstall Surtitle.") from None
    style: Samples = values.reshape(-1, _STYLE_VALUES)
    return style


@cache
def _english(*, british: bool) -> Any:
    from hibari.g2p import G2P  # noqa: PLC0415 - reads its dictionaries

    return G2P(british=british)
