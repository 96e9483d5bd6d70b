"""Whether a voice can be learned from a clip: long enough, clear enough, one person. Pure.

The limits were set on real speech with noise and clipping added; see docs/operate/voices.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.speakers import Diarization
from surtitle.domain.transcript import Stretch
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples
from surtitle.pipelines.voices.errors import UnfitClip
from surtitle.pipelines.voices.stretches import alone

LEAST_SPEECH_SECONDS = 3.0
MOST_SPEECH_SECONDS = 60.0
"""More of one clip teaches nothing more."""
LEAST_NOISE_DECIBELS = 8.0
"""How far speech must stand above the noise of its clip."""
MOST_CLIPPED = 0.03
"""Share of the samples of speech that may stand at the loudest value."""

_OTHERS_SECONDS = 1.0
_OTHERS_SHARE = 0.1
_FRAME = SAMPLE_RATE_HZ // 50
_QUIET_PERCENT = 5
_MOST_DECIBELS = 60.0
_LOUDEST = 0.985


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What was measured of the speech in a clip."""

    speech_seconds: float
    noise_decibels: float
    clipped: float


def stretches_of_one(diarization: Diarization, alike: frozenset[str] = frozenset()) -> list[Stretch]:
    """Where the one person of a clip speaks alone. `alike` are labels that are the main speaker's too.

    Raises `UnfitClip` where nobody speaks, and where somebody else does for long.
    """
    seconds: dict[str, float] = {}
    for turn in diarization.turns:
        seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + turn.seconds
    if not seconds:
        raise UnfitClip("Nobody speaks in this clip. Send one in which the person speaks.", "no-speech")
    main = max(seconds, key=lambda one: (seconds[one], one))
    others = sum(value for one, value in seconds.items() if one != main and one not in alike)
    if others > max(_OTHERS_SECONDS, _OTHERS_SHARE * sum(seconds.values())):
        raise UnfitClip(
            f"More than one person speaks in this clip (somebody else for {others:.0f} s). Cut out the part "
            "in which the person speaks alone.",
            "several-voices",
        )
    mine = {main, *alike}
    return alone(
        [turn for turn in diarization.turns if turn.speaker in mine],
        [turn for turn in diarization.turns if turn.speaker not in mine],
    )


def measured(samples: Samples, stretches: Sequence[Stretch]) -> ClipFacts:
    """`stretches` are where somebody speaks; what is outside them is noise."""
    speech = _of(samples, stretches)
    return ClipFacts(speech.size / SAMPLE_RATE_HZ, _noise_decibels(samples, speech), _clipped(speech))


def require_fit(facts: ClipFacts) -> None:
    """Raises `UnfitClip` saying what is wrong and what would do."""
    if facts.speech_seconds < LEAST_SPEECH_SECONDS:
        raise UnfitClip(
            f"The clip holds {facts.speech_seconds:.1f} s of speech; {LEAST_SPEECH_SECONDS:.0f} s are "
            "needed, 10 s are good.",
            "too-short",
        )
    if facts.clipped > MOST_CLIPPED:
        raise UnfitClip(
            f"The clip is overdriven ({facts.clipped:.0%} of it is cut off at the top). Record it again, "
            "further from the microphone or with less gain.",
            "clipped",
        )
    if facts.noise_decibels < LEAST_NOISE_DECIBELS:
        raise UnfitClip(
            f"The speech stands only {facts.noise_decibels:.0f} dB above the noise; "
            f"{LEAST_NOISE_DECIBELS:.0f} dB are needed. Record it in a quieter place.",
            "noisy",
        )


def _of(samples: Samples, stretches: Sequence[Stretch]) -> Samples:
    pieces = [
        samples[round(one.start_seconds * SAMPLE_RATE_HZ) : round(one.end_seconds * SAMPLE_RATE_HZ)]
        for one in stretches
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def _noise_decibels(samples: Samples, speech: Samples) -> float:
    """The speech against the quietest frames of the whole clip: pauses between words show the noise too."""
    powers, loud = _powers(samples), _powers(speech)
    if not powers.size or not loud.size:
        return 0.0
    noise = max(float(np.percentile(powers, _QUIET_PERCENT)), 1e-10)
    signal = max(float(np.mean(loud)) - noise, 1e-10)
    return float(min(10 * np.log10(signal / noise), _MOST_DECIBELS))


def _powers(samples: Samples) -> NDArray[np.float64]:
    whole = samples[: samples.size // _FRAME * _FRAME].reshape(-1, _FRAME)
    return np.asarray(np.mean(np.square(whole, dtype=np.float64), axis=1))


def _clipped(speech: Samples) -> float:
    """Speech reaches its peak rarely; overdriven speech stays there. The share within 1.5 % of it."""
    peak = float(np.max(np.abs(speech), initial=0.0))
    return float(np.mean(np.abs(speech) >= peak * _LOUDEST)) if peak > 0 else 0.0
