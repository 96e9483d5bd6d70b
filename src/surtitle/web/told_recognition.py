"""Who a clip is taken for, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from surtitle.api.native.voice_schemas import NEAREST_SHOWN
from surtitle.pipelines.voices.recognising import Recognition
from surtitle.web.catalogues import mark as _

Verdict = Literal["known", "two-alike", "nobody", "none-known"]

# How far from the threshold a likeness has to be for these words.
_CLEARLY = 0.1
_NEARLY = 0.15


@dataclass(frozen=True, slots=True)
class ToldLikeness:
    """A known voice beside the clip; `words` are to be translated."""

    voice_id: UUID
    name: str
    score: float
    words: str


@dataclass(frozen=True, slots=True)
class ToldRecognition:
    """`nearest` is not empty unless nobody is known."""

    verdict: Verdict
    nearest: Sequence[ToldLikeness]
    threshold: float
    speech_seconds: float


def told_recognition(found: Recognition) -> ToldRecognition:
    """The nearest voices with what their likeness means."""
    nearest = [
        ToldLikeness(one.known.voice_id, one.known.name, one.score, how_alike(one.score, found.threshold))
        for one in found.nearest[:NEAREST_SHOWN]
    ]
    return ToldRecognition(_verdict(found), nearest, found.threshold, found.facts.speech_seconds)


def how_alike(score: float, threshold: float) -> str:
    """A sentence to be translated."""
    if score >= threshold + _CLEARLY:
        return _("clearly the same voice")
    if score >= threshold:
        return _("alike enough")
    if score >= threshold - _NEARLY:
        return _("nearly alike enough")
    return _("another voice")


def _verdict(found: Recognition) -> Verdict:
    if found.match is not None:
        return "known"
    if not found.nearest:
        return "none-known"
    return "two-alike" if found.nearest[0].score >= found.threshold else "nobody"
