"""What every synthesizer asks of a request before it speaks."""

from collections.abc import Sequence

from surtitle.engines.voices import VoiceEntry
from surtitle.errors import Invalid

SLOWEST, FASTEST = 0.5, 2.0


def require_speed(speed: float) -> None:
    """Raises `Invalid`."""
    if not SLOWEST <= speed <= FASTEST:
        raise Invalid(f"Speed {speed:g} is outside {SLOWEST} to {FASTEST}; 1.0 is natural.", field="speed")


def require_voice(voice: str | None, voices: Sequence[VoiceEntry], engine: str) -> str:
    """The name of a voice that there is; without one, the first. Raises `Invalid`."""
    names = [entry.name for entry in voices]
    if voice is not None and voice not in names:
        raise Invalid(
            f"The engine {engine} has no voice {voice[:60]!r}; choose one of: {', '.join(names)}.",
            field="voice",
        )
    return voice or names[0]


def require_sayable(text: str) -> str:
    """`text`, if it holds a letter or a figure: punctuation alone comes out as a breath. Raises `Invalid`."""
    if not any(map(str.isalnum, text)):
        raise Invalid(f"There is nothing to say in {text[:60]!r}.", field="text")
    return text
