"""The step `identification`: names for the speakers that the diarization told apart."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete, select

from surtitle.db.models import StoredTranscript
from surtitle.db.voice_models import KnownVoice, SpeakerLabel
from surtitle.domain.options import MeetingJobOptions
from surtitle.domain.speakers import (
    Diarization,
    SpeakerName,
    SpeakerNames,
    read_diarization,
    speaker_names_json,
)
from surtitle.jobs.work import JobWork
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.voices.matching import Certainty, identified
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService

SPEAKERS_JSON = "speakers.json"
DIARIZATION_JSON = "diarization.json"
VOICES_JSON = "voices.json"
"""The diarization with the embeddings of its speakers, as the step before leaves it."""


class IdentificationStep:
    """Makes `speakers.json`. Without a diarization, or with `identification.enabled` off, nothing."""

    def __init__(self, voices: VoiceService, samples: VoiceSamples, certainty: Certainty) -> None:
        self._voices = voices
        self._samples = samples
        self._certainty = certainty

    async def run(self, context: StepContext[MeetingJobOptions]) -> None:
        options, work = context.options.identification, context.work
        diarization = await self._diarization(work) if options.enabled else None
        if diarization is None:
            return
        known = await self._voices.known(work.job.project_id)
        certainty = self._certainty
        if options.threshold is not None:
            certainty = replace(certainty, threshold=options.threshold)
        names = await asyncio.to_thread(identified, diarization, known, certainty)
        names = await _noted(work, names)
        await work.save(SPEAKERS_JSON, speaker_names_json(names), media_type="application/json")

    async def _diarization(self, work: JobWork) -> Diarization | None:
        """With the embeddings; where those are gone, as when the step is done again later, heard anew."""
        made = {artifact.name for artifact in await work.artifacts()}
        if VOICES_JSON in made:
            return read_diarization(await work.read(VOICES_JSON))
        if DIARIZATION_JSON in made:
            return await self._samples.spoken(work.job.project_id, work.id)
        return None


async def _noted(work: JobWork, names: SpeakerNames) -> SpeakerNames:
    """Write down who bears whose name, before any file does: an erasure finds them by it.

    Names of voices that are being erased since they were compared are left out.
    """
    wanted = [UUID(one.voice_id) for one in names.speakers if one.voice_id is not None]
    async with work.fenced() as session:
        rows = await session.scalars(
            select(KnownVoice.id)
            .where(KnownVoice.id.in_(wanted), KnownVoice.erasing_at.is_(None))
            .with_for_update()
        )
        names = _only_of(names, set(rows))
        transcript_id = work.job.transcript_id
        if transcript_id is not None and await session.get(StoredTranscript, transcript_id) is not None:
            await session.execute(delete(SpeakerLabel).where(SpeakerLabel.transcript_id == transcript_id))
            session.add_all(labels_of(names.speakers, transcript_id, work.job.project_id))
    return names


def _only_of(names: SpeakerNames, alive: set[UUID]) -> SpeakerNames:
    speakers = (
        one if one.voice_id is None or UUID(one.voice_id) in alive else replace(one, name=None, voice_id=None)
        for one in names.speakers
    )
    return replace(names, speakers=tuple(speakers))


def labels_of(speakers: Sequence[SpeakerName], transcript_id: UUID, project_id: UUID) -> list[SpeakerLabel]:
    """The rows for those speakers who have a name."""
    return [
        SpeakerLabel(
            transcript_id=transcript_id,
            speaker=one.speaker,
            project_id=project_id,
            voice_id=UUID(one.voice_id),
            name=one.name,
            score=one.score,
        )
        for one in speakers
        if one.name is not None and one.voice_id is not None
    ]
