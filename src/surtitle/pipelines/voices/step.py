"""The step `identification`: names for the speakers that the diarization told apart."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from surtitle.db.voice_models import SpeakerLabel
from surtitle.domain.options import MeetingJobOptions
from surtitle.domain.speakers import (
    DIARIZATION_JSON,
    SPEAKERS_JSON,
    VOICES_JSON,
    Diarization,
    SpeakerName,
    SpeakerNames,
    read_diarization,
    speaker_names_json,
)
from surtitle.jobs.work import JobWork
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.voices.matching import Certainty, Known, identified
from surtitle.pipelines.voices.repository import VoiceRepository
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService
from surtitle.transcripts.repository import TranscriptRepository


class IdentificationStep:
    """Makes `speakers.json`. Without a diarization, or with `identification.enabled` off, nothing."""

    def __init__(self, voices: VoiceService, samples: VoiceSamples, certainty: Certainty) -> None:
        self._voices = voices
        self._samples = samples
        self._certainty = certainty

    async def run(self, context: StepContext[MeetingJobOptions]) -> None:
        options, work = context.options.identification, context.work
        if not options.enabled:
            return
        known = await self._voices.known(work.job.project_id)
        diarization = await self._diarization(work, known)
        if diarization is None:
            return
        certainty = self._certainty
        if options.threshold is not None:
            certainty = replace(certainty, threshold=options.threshold)
        names = await asyncio.to_thread(identified, diarization, known, certainty)
        names = await _noted(work, names)
        await work.save(SPEAKERS_JSON, speaker_names_json(names), media_type="application/json")

    async def _diarization(self, work: JobWork, known: Sequence[Known]) -> Diarization | None:
        """With embeddings to compare: the engine's own, or heard anew where it gives none that compare, and
        where they are gone, as when the step is done again later.
        """
        made = {artifact.name for artifact in await work.artifacts()}
        told = read_diarization(await work.read(VOICES_JSON)) if VOICES_JSON in made else None
        if DIARIZATION_JSON not in made or (told is not None and _compares(told, known)):
            return told
        return await self._samples.spoken(work.job.project_id, work.id) or told


def _compares(diarization: Diarization, known: Sequence[Known]) -> bool:
    """Whether the known voices are of the encoder that heard the speakers."""
    return {one.encoder for one in known} <= {voice.encoder for voice in diarization.voices}


async def _noted(work: JobWork, names: SpeakerNames) -> SpeakerNames:
    """Write down who bears whose name, before any file does: an erasure finds them by it.

    Names of voices that are being erased since they were compared are left out.
    """
    wanted = [UUID(one.voice_id) for one in names.speakers if one.voice_id is not None]
    async with work.fenced() as session:
        repository = VoiceRepository(session)
        names = _only_of(names, await repository.alive(wanted))
        await repository.note(labels_of(names.speakers, work.job.project_id, job_id=work.id))
        # A text that was taken from elsewhere is not given names by this job.
        own = await TranscriptRepository(session).of_job(work.id)
        if own is not None:
            await repository.note(labels_of(names.speakers, work.job.project_id, transcript_id=own.id))
    return names


def _only_of(names: SpeakerNames, alive: set[UUID]) -> SpeakerNames:
    speakers = (
        one if one.voice_id is None or UUID(one.voice_id) in alive else replace(one, name=None, voice_id=None)
        for one in names.speakers
    )
    return replace(names, speakers=tuple(speakers))


def labels_of(
    speakers: Sequence[SpeakerName],
    project_id: UUID,
    *,
    transcript_id: UUID | None = None,
    job_id: UUID | None = None,
) -> list[SpeakerLabel]:
    """The rows for those speakers who have a name, in one of the two places."""
    return [
        SpeakerLabel(
            transcript_id=transcript_id,
            job_id=job_id,
            speaker=one.speaker,
            project_id=project_id,
            voice_id=UUID(one.voice_id),
            name=one.name,
            score=one.score,
        )
        for one in speakers
        if one.name is not None and one.voice_id is not None
    ]
