"""Speech by hibari-tts: one English voice that travels in its wheel, 24 kHz, no download."""

from pathlib import Path

import numpy as np

from surtitle.engines.builtin.spoken_text import require_speed
from surtitle.engines.builtin.word_marks import frames_to_seconds, session_with, word_times
from surtitle.engines.protocols import EngineSetup, Speech
from surtitle.engines.sound import Samples
from surtitle.errors import Invalid

# How many frames each phoneme lasts, inside its graph; a frame is 25 ms.
_DURATIONS = "/Clip_output_0"
_FRAME_SAMPLES = 600
_FEWEST_IDS = 3


class HibariSynthesizer:
    """Speaks American English with the voice "heart"."""

    def __init__(self, setup: EngineSetup) -> None:
        from hibari import Hibari  # noqa: PLC0415 - loads onnxruntime

        self._voice = _voice_in_wheel(None)
        self._tts = Hibari(voice=self._voice, threads=setup.threads)
        self._tts.sess = session_with(Path(self._tts.model_path), _DURATIONS, setup.threads)

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        _voice_in_wheel(voice)
        require_speed(speed)
        # Punctuation alone would come out as a breath.
        sayable = any(character.isalnum() for character in text)
        rng = np.random.default_rng(seed % 2**32)
        spoken = [
            self._spoken(phonemes, speed, rng) for phonemes in self._tts.phonemize(text if sayable else "")
        ]
        samples = np.concatenate([piece for piece, _ in spoken]) if spoken else np.zeros(0, np.float32)
        if samples.size == 0:
            raise Invalid(
                f"There is nothing to say in {text[:60]!r}: hibari speaks English words and numbers.",
                field="text",
            )
        phonemes, seconds = _in_a_row(spoken)
        return Speech(samples, self._tts.sample_rate, word_times(text, phonemes, seconds))

    def _spoken(
        self, phonemes: str, speed: float, rng: np.random.Generator
    ) -> tuple[Samples, list[tuple[str, float]]]:
        """The sound, and how long each phoneme lasts."""
        from hibari import dsp  # noqa: PLC0415 - as above

        known = [phoneme for phoneme in phonemes if phoneme in self._tts.vocab]
        ids = self._tts.ids(phonemes)
        if len(ids) < _FEWEST_IDS:
            return np.zeros(0, np.float32), []
        inputs = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        *parts, durations = self._tts.sess.run(None, inputs)
        samples: Samples = dsp.synth(*(part[0] for part in parts), rng)
        lasting = frames_to_seconds(durations, _FRAME_SAMPLES, self._tts.sample_rate)
        # The first and the last token are silence around the phonemes.
        return samples, list(zip((" ", *known, " "), lasting, strict=True))


def _in_a_row(
    spoken: list[tuple[Samples, list[tuple[str, float]]]],
) -> tuple[list[str], list[float]]:
    phonemes = [phoneme for _, lasting in spoken for phoneme, _ in lasting]
    return phonemes, [seconds for _, lasting in spoken for _, seconds in lasting]


def _voice_in_wheel(voice: str | None) -> str:
    """`voice`, or the default. The library would fetch the others from the hub: nothing phones home."""
    from hibari.voices import DEFAULT, VOICES  # noqa: PLC0415 - kept with the constructor's import

    here = [name for name, entry in VOICES.items() if entry.get("bundled")]
    wanted = voice or str(DEFAULT)
    if wanted not in here:
        raise Invalid(
            f"Voice {wanted[:60]!r} is not installed with hibari; choose one of: {', '.join(here)}.",
            field="voice",
        )
    return wanted
