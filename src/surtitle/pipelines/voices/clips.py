"""What clips taught, as rows and as what speakers are compared with."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np

from surtitle.db.voice_models import KnownVoice, Voiceprint
from surtitle.pipelines.voices.labelled_turns import SpeakerPlace
from surtitle.pipelines.voices.listening import HeardVoice
from surtitle.pipelines.voices.matching import Embedding, Known, mean_of

_WIRE = np.dtype("<f4")


def known_of(rows: Sequence[tuple[KnownVoice, Voiceprint]]) -> list[Known]:
    """One `Known` for each voice and encoder: the mean of its clips."""
    gathered: dict[tuple[UUID, str], list[Embedding]] = {}
    names = {}
    for voice, clip in rows:
        names[voice.id] = voice.name
        gathered.setdefault((voice.id, clip.encoder), []).append(np.frombuffer(clip.embedding, dtype=_WIRE))
    return [
        Known(voice_id, names[voice_id], encoder, mean_of(embeddings))
        for (voice_id, encoder), embeddings in gathered.items()
    ]


def voiceprint_of(voice_id: UUID, heard: HeardVoice, place: SpeakerPlace | None) -> Voiceprint:
    """`place` is the labelled speaker that it was heard of, if it was one."""
    return Voiceprint(
        voice_id=voice_id,
        encoder=heard.encoder,
        embedding=heard.embedding.astype(_WIRE).tobytes(),
        sha256=heard.sha256,
        speech_seconds=round(heard.facts.speech_seconds, 2),
        noise_decibels=round(heard.facts.noise_decibels, 1),
        transcript_id=place.transcript_id if place else None,
        speaker=place.speaker if place else None,
    )
