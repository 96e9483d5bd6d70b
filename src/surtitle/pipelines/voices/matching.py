"""Whose voice is it: open-set matching, which would rather say nobody than a wrong name. Pure.

Voices are compared by the cosine of their embeddings. A person known from several clips is the mean of
them, of unit length. The threshold and the margin were measured: see docs/operate/voices.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.speakers import Diarization, SpeakerName, SpeakerNames, SpeakerTurn, SpeakerVoice

THRESHOLDS: Mapping[str, float] = {"campplus-192": 0.6}
"""The likeness from which a voice is the same, by encoder."""

MARGIN = 0.05
"""By so much the nearest voice must be nearer than the next one."""

_OTHER_THRESHOLD = 0.65
_AT_ONCE_SECONDS = 1.0
"""Two speakers who are heard at the same time for so long are two people."""

Embedding = NDArray[np.float32]
"""float32, shape `(values,)`, of unit length."""


@dataclass(frozen=True, slots=True)
class Known:
    """A known voice by one encoder."""

    voice_id: UUID
    name: str
    encoder: str
    embedding: Embedding


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like a voice is to a known one, -1..1."""

    known: Known
    score: float


@dataclass(frozen=True, slots=True)
class Certainty:
    """When a likeness is enough for a name. `threshold` None is the measured one of the encoder."""

    threshold: float | None = None
    margin: float = MARGIN

    def threshold_of(self, encoder: str | None) -> float:
        if self.threshold is not None:
            return self.threshold
        return THRESHOLDS.get(encoder or "", _OTHER_THRESHOLD)


def mean_of(embeddings: Sequence[Embedding]) -> Embedding:
    """What several clips of one person have in common. Not empty."""
    mean = np.mean(np.stack(embeddings), axis=0, dtype=np.float64)
    unit: Embedding = np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
    return unit


def likenesses(encoder: str, embedding: Embedding, known: Sequence[Known]) -> list[Likeness]:
    """Every known voice of that encoder, the most alike first."""
    fit = [one for one in known if one.encoder == encoder and one.embedding.shape == embedding.shape]
    scored = [Likeness(one, float(one.embedding @ embedding)) for one in fit]
    return sorted(scored, key=lambda one: (-one.score, one.known.voice_id))


def identified(
    diarization: Diarization, known: Sequence[Known], certainty: Certainty | None = None
) -> SpeakerNames:
    """The speakers of a recording with the names of those who are known, and none for the others.

    Two speakers may turn out to be one person, whom the diarization took for two, but not if they are
    heard at the same time: then the more alike keeps the name.
    """
    certainty = certainty or Certainty()
    encoder = next((voice.encoder for voice in diarization.voices if voice.encoder), None)
    ranked = {voice.speaker: _ranked(voice, known) for voice in diarization.voices}
    apart = _heard_at_once(diarization.turns)
    given: dict[str, Likeness] = {}
    for speaker in sorted(ranked, key=lambda one: -_best_score(ranked[one])):
        taken = {
            given[other].known.voice_id for other in given if frozenset((speaker, other)) in apart
        }  # fmt: skip
        left = [one for one in ranked[speaker] if one.known.voice_id not in taken]
        # The one that is left must stand out against all of them, not only against those that are left.
        if left and left[0] is ranked[speaker][0] and are_certain(left, certainty):
            given[speaker] = left[0]
    return SpeakerNames(
        tuple(_named(voice.speaker, ranked[voice.speaker], given) for voice in diarization.voices),
        certainty.threshold_of(encoder),
        encoder,
    )


def _ranked(voice: SpeakerVoice, known: Sequence[Known]) -> list[Likeness]:
    if voice.embedding is None or voice.encoder is None:
        return []
    return likenesses(voice.encoder, np.asarray(voice.embedding, dtype=np.float32), known)


def _best_score(ranked: Sequence[Likeness]) -> float:
    return ranked[0].score if ranked else -1.0


def are_certain(ranked: Sequence[Likeness], certainty: Certainty) -> bool:
    """Whether the first of them is alike enough for its name, and stands out against the second."""
    if not ranked or ranked[0].score < certainty.threshold_of(ranked[0].known.encoder):
        return False
    return len(ranked) == 1 or ranked[0].score - ranked[1].score >= certainty.margin


def _named(speaker: str, ranked: Sequence[Likeness], given: Mapping[str, Likeness]) -> SpeakerName:
    score = round(ranked[0].score, 4) if ranked else None
    if (match := given.get(speaker)) is None:
        return SpeakerName(speaker, score=score)
    return SpeakerName(speaker, match.known.name, str(match.known.voice_id), score)


def _heard_at_once(turns: Sequence[SpeakerTurn]) -> set[frozenset[str]]:
    """Pairs of speakers who talk at the same time for long enough that they cannot be one person."""
    seconds: dict[frozenset[str], float] = {}
    for first, second in combinations(sorted({turn.speaker for turn in turns}), 2):
        seconds[frozenset((first, second))] = _shared_seconds(turns, first, second)
    return {pair for pair, shared in seconds.items() if shared >= _AT_ONCE_SECONDS}


def _shared_seconds(turns: Sequence[SpeakerTurn], first: str, second: str) -> float:
    ours = [turn for turn in turns if turn.speaker == first]
    theirs = [turn for turn in turns if turn.speaker == second]
    shared, at = 0.0, 0
    for turn in ours:
        # The turns of one speaker never overlap, so both lists are in order of their ends too.
        while at < len(theirs) and theirs[at].end_seconds <= turn.start_seconds:
            at += 1
        for other in theirs[at:]:
            if other.start_seconds >= turn.end_seconds:
                break
            shared += min(turn.end_seconds, other.end_seconds) - max(turn.start_seconds, other.start_seconds)
    return shared
