"""The voices that a synthesizer speaks with, told without loading it."""

import pkgutil
from dataclasses import dataclass
from typing import cast

from surtitle.engines.registry import EngineSpec


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """`language` is ISO 639-1; None for a voice that speaks whatever it is given.

    The first voice of a language is what is taken where nobody names one.
    """

    name: str
    language: str | None
    summary: str = ""


def voices_of(spec: EngineSpec) -> tuple[VoiceEntry, ...]:
    """As `spec.voices` lists them; none for an engine that tells nothing."""
    if spec.voices is None:
        return ()
    return cast("tuple[VoiceEntry, ...]", pkgutil.resolve_name(spec.voices))
