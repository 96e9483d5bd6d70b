"""Erasing a voice: its embeddings, and its name wherever the voice put it.

`erasing_at` is written before anything goes: from then on nobody is recognised by it. Its steps can be
repeated, so that an erasure whose process died is taken up again (`resume`).
"""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import exists, select

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import StoredTranscript
from surtitle.db.voice_models import KnownVoice, Voiceprint
from surtitle.domain.jobs import FINISHED
from surtitle.domain.speakers import Diarization, diarization_json, read_diarization
from surtitle.errors import Conflict, NotFound, SurtitleError
from surtitle.jobs.amending import JobAmending
from surtitle.jobs.service import AlsoWrite
from surtitle.pipelines.voices.errors import VoiceNotFound
from surtitle.pipelines.voices.matching import Certainty, Known, likenesses
from surtitle.pipelines.voices.repository import VoiceRepository
from surtitle.pipelines.voices.service import known_of
from surtitle.pipelines.voices.step import VOICES_JSON
from surtitle.pipelines.voices.traces import Traces
from surtitle.transcripts.operations import Operation, SetSegments
from surtitle.transcripts.scrubbing import HistoryScrubber
from surtitle.transcripts.service import TranscriptService

log = logging.getLogger(__name__)

_AUTHOR = "erasure"
_LABEL = re.compile(r"speaker_[0-9]+")
_TRIES = 3


@dataclass(frozen=True, slots=True)
class VoiceErasure:
    """What went, by kind and number. Not `finished` while a meeting is worked on that may name the voice:
    it then ends by itself, soon after that meeting has.
    """

    voice_id: UUID
    finished: bool
    erased: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErasingParts:
    """What erasing rests on."""

    database: Database
    transcripts: TranscriptService
    scrubber: HistoryScrubber
    amending: JobAmending
    certainty: Certainty


class VoiceErasing:
    """Erases voices whole."""

    def __init__(self, parts: ErasingParts) -> None:
        self._parts = parts
        self._database = parts.database

    async def erase(
        self, project_id: UUID, voice_id: UUID, also_write: AlsoWrite | None = None
    ) -> VoiceErasure:
        """From now on the voice is not recognised; everything of it goes, `also_write` with the last row.

        Raises `VoiceNotFound`.
        """
        async with self._database.writing() as session:
            voice = await VoiceRepository(session).get(project_id, voice_id, to_write=True)
            if voice is None:
                raise VoiceNotFound(voice_id)
            voice.erasing_at = voice.erasing_at or utc_now()
        return await self._go_on(project_id, voice_id, also_write)

    async def resume(self) -> int:
        """Go on with what is unfinished; how many voices were looked at."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(KnownVoice.project_id, KnownVoice.id).where(KnownVoice.erasing_at.is_not(None))
            )
            waiting = [(project_id, voice_id) for project_id, voice_id in rows]
        for project_id, voice_id in waiting:
            try:
                await self._go_on(project_id, voice_id, None)
            except (SurtitleError, OSError) as error:
                log.warning("voice %s could not be erased yet, which is tried again: %s", voice_id, error)
        return len(waiting)

    async def forget_expired(self, kept: timedelta) -> int:
        """Drop what is known of the voices whose consent ended longer ago than that; how many clips went."""
        async with self._database.writing() as session:
            expired = await VoiceRepository(session).expired(utc_now() - kept)
            ids = [voice_id for _, voice_id in expired]
            rows = (await session.scalars(select(Voiceprint).where(Voiceprint.voice_id.in_(ids)))).all()
            for row in rows:
                await session.delete(row)
        if rows:
            await self._database.drop_traces()
        return len(rows)

    async def _go_on(self, project_id: UUID, voice_id: UUID, also_write: AlsoWrite | None) -> VoiceErasure:
        places = await self._places(voice_id)
        busy, files = await self._busy_with(project_id), 0
        for transcript_id, names in places.items():
            await self._rename(project_id, transcript_id, names)
            await self._parts.scrubber.scrub(transcript_id, names)
            files += await self._out_of_jobs(transcript_id, Traces(str(voice_id), names))
        files += await self._out_of_unfinished_work(project_id, voice_id)
        if busy:
            log.info("the erasure of voice %s ends when job %s has", voice_id, busy)
            return VoiceErasure(voice_id, finished=False)
        erased = await self._remove(project_id, voice_id, also_write)
        counts = {**erased, "transcripts": len(places), "files": files}
        return VoiceErasure(voice_id, finished=True, erased={kind: n for kind, n in counts.items() if n})

    async def _places(self, voice_id: UUID) -> dict[UUID, dict[str, str]]:
        """By transcript: the names that the voice bears or bore there, and the labels that they become."""
        async with self._database.reading() as session:
            voice = await session.get_one(KnownVoice, voice_id)
            labels = await VoiceRepository(session).labels(voice_id)
            clips = await session.scalars(select(Voiceprint).where(Voiceprint.voice_id == voice_id))
            learned = [(clip.transcript_id, clip.speaker) for clip in clips]
        places: dict[UUID, dict[str, str]] = {}
        for label in labels:
            mine = places.setdefault(label.transcript_id, {})
            mine |= dict.fromkeys((label.name, voice.name, *voice.former_names), label.speaker)
        for transcript_id, speaker in learned:
            # A person called the speaker so, and the voice was learned from there.
            if transcript_id is not None and speaker is not None and not _LABEL.fullmatch(speaker):
                places.setdefault(transcript_id, {}).setdefault(speaker, await self._free(transcript_id))
        return places

    async def _free(self, transcript_id: UUID) -> str:
        """A label that nobody bears in a transcript."""
        async with self._database.reading() as session:
            stored = await session.get_one(StoredTranscript, transcript_id)
        text = await self._parts.transcripts.text(stored.project_id, transcript_id)
        taken = {segment.speaker for segment in text.transcript.segments}
        number = 1
        while f"speaker_{number}" in taken:
            number += 1
        return f"speaker_{number}"

    async def _busy_with(self, project_id: UUID) -> UUID | None:
        """A meeting under way in the project may have compared the voice before it began to go."""
        compared = exists().where(Artifact.job_id == Job.id, Artifact.name == VOICES_JSON)
        async with self._database.reading() as session:
            query = select(Job.id).where(Job.project_id == project_id, Job.state.not_in(FINISHED), compared)
            return await session.scalar(query.limit(1))

    async def _rename(self, project_id: UUID, transcript_id: UUID, names: Mapping[str, str]) -> None:
        """The newest text says the labels, in a revision of its own, of which indexes hear."""
        for _ in range(_TRIES):
            try:
                text = await self._parts.transcripts.text(project_id, transcript_id)
                changes: list[Operation] = [
                    SetSegments(op="set_segments", segments=segments, speaker=label)
                    for name, label in names.items()
                    if (segments := tuple(s.id for s in text.transcript.segments if s.speaker == name))
                ]
                if changes:
                    await self._parts.transcripts.revise(
                        project_id, transcript_id, text.number, changes, _AUTHOR
                    )
            except NotFound:
                return
            except Conflict:
                continue
            return

    async def _out_of_jobs(self, transcript_id: UUID, traces: Traces) -> int:
        def change(artifact: Artifact, data: bytes) -> bytes:
            return traces.out_of_file(artifact.name, artifact.media_type, data)

        files = 0
        for job_id, ended in await self._parts.amending.jobs_of(transcript_id):
            if ended:
                files += await self._parts.amending.amend(job_id, change, traces.out_of_document)
        return files

    async def _out_of_unfinished_work(self, project_id: UUID, voice_id: UUID) -> int:
        """A job that failed keeps what its steps learned, to go on from there: also how somebody sounds."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(KnownVoice, Voiceprint)
                .join(Voiceprint, Voiceprint.voice_id == KnownVoice.id)
                .where(KnownVoice.id == voice_id)
            )
            mine = known_of([(voice, clip) for voice, clip in rows])
            jobs = await session.scalars(
                select(Artifact.job_id)
                .join(Job)
                .where(Job.project_id == project_id, Job.state.in_(FINISHED), Artifact.name == VOICES_JSON)
            )
            waiting = jobs.all()

        def change(artifact: Artifact, data: bytes) -> bytes:
            return self._without(mine, data) if artifact.name == VOICES_JSON else data

        files = 0
        for job_id in waiting:
            files += await self._parts.amending.amend(job_id, change, lambda event: event)
        return files

    def _without(self, mine: Sequence[Known], data: bytes) -> bytes:
        before = read_diarization(data)
        after = without_voice(before, mine, self._parts.certainty)
        return data if after == before else diarization_json(after)

    async def _remove(
        self, project_id: UUID, voice_id: UUID, also_write: AlsoWrite | None
    ) -> Mapping[str, int]:
        async with self._database.writing() as session:
            repository = VoiceRepository(session)
            voice = await repository.get(project_id, voice_id, to_write=True)
            if voice is None:
                # Somebody else brought it to its end.
                return {}
            if also_write is not None:
                await also_write(session)
            erased = await repository.remove(voice)
        await self._database.drop_traces()
        return erased


def without_voice(diarization: Diarization, mine: Sequence[Known], certainty: Certainty) -> Diarization:
    """The same with no embedding of a speaker who sounds like one of `mine`."""

    def is_mine(encoder: str | None, embedding: Sequence[float] | None) -> bool:
        if encoder is None or embedding is None:
            return False
        ranked = likenesses(encoder, np.asarray(embedding, dtype=np.float32), mine)
        return bool(ranked) and ranked[0].score >= certainty.threshold_of(encoder)

    voices = tuple(
        replace(voice, encoder=None, embedding=None) if is_mine(voice.encoder, voice.embedding) else voice
        for voice in diarization.voices
    )
    return replace(diarization, voices=voices)
