"""Speech by hibari-tts: one English voice that travels in its wheel, 24 kHz, no download."""

from surtitle.engines.protocols import EngineSetup, Speech
from surtitle.errors import Invalid

SLOWEST, FASTEST = 0.5, 2.0


class HibariSynthesizer:
    """Speaks American English with the voice "heart"."""

    def __init__(self, setup: EngineSetup) -> None:
        from hibari import Hibari  # noqa: PLC0415 - loads onnxruntime

        self._voice = _voice_in_wheel(None)
        self._tts = Hibari(voice=self._voice, threads=setup.threads)

    def synthesize(self, text: str, *, voice: str | None, speed: float, seed: int) -> Speech:
        _voice_in_wheel(voice)
        if not SLOWEST <= speed <= FASTEST:
            raise Invalid(
                f"Speed {speed:g} is outside {SLOWEST} to {FASTEST}; 1.0 is natural.", field="speed"
            )
        # Punctuation alone would come out as a breath.
        sayable = any(character.isalnum() for character in text)
        samples = self._tts(text if sayable else "", speed=speed, seed=seed % 2**32)
        if samples.size == 0:
            raise Invalid(
                f"There is nothing to say in {text[:60]!r}: hibari speaks English words and numbers.",
                field="text",
            )
        return Speech(samples, self._tts.sample_rate)


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
