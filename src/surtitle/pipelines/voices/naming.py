"""Past meetings: the speakers who are a known voice get its name, when a person asks for it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.voice_models import KnownVoice
from surtitle.domain.jobs import JobState
from surtitle.domain.speakers import DIARIZATION_JSON, SpeakerName, SpeakerTurn
from surtitle.domain.transcript import Transcript, Word
from surtitle.errors import NotFound
from surtitle.paging import decode_cursor, encode_cursor
from surtitle.pipelines.voices.errors import ConsentOver, VoiceBeingErased
from surtitle.pipelines.voices.matching import Certainty, Known, identified
from surtitle.pipelines.voices.repository import VoiceRepository
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService
from surtitle.pipelines.voices.step import labels_of
from surtitle.transcripts.errors import NamesTakenOut, StaleRevision
from surtitle.transcripts.operations import Operation, SetSegments
from surtitle.transcripts.service import TranscriptService

SpeakersOf = Callable[[Sequence[Word], Sequence[SpeakerTurn]], Sequence[str | None]]
"""The label of each word's speaker, None for a word that is nobody's."""

_TRIES = 3
_MOST_SEGMENTS = 10_000


@dataclass(frozen=True, slots=True)
class NamedMeeting:
    """A transcript in which a speaker now bears the voice's name."""

    transcript_id: UUID
    job_id: UUID
    speakers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamingPage:
    """What was done with some past meetings, the newest first; `next_cursor` leads to those before."""

    looked_at: int
    named: Sequence[NamedMeeting] = field(default=())
    next_cursor: str | None = None


class VoiceNaming:
    """Listens to the speakers of past meetings anew: nothing of their voices was kept. `speakers_of` says
    which speaker each word is of.
    """

    def __init__(
        self,
        database: Database,
        voices: VoiceService,
        samples: VoiceSamples,
        transcripts: TranscriptService,
        *,
        certainty: Certainty,
        speakers_of: SpeakersOf,
    ) -> None:
        self._database = database
        self._voices = voices
        self._samples = samples
        self._transcripts = transcripts
        self._certainty = certainty
        self._speakers_of = speakers_of

    async def name_past(
        self, project_id: UUID, voice_id: UUID, cursor: str | None, limit: int, author: str
    ) -> NamingPage:
        """Look at `limit` past meetings; each change is a revision of the transcript, which can be undone.

        A speaker whom a person has named otherwise keeps that name. Raises `VoiceNotFound`, `ConsentOver`,
        `VoiceBeingErased`.
        """
        detail = await self._voices.get(project_id, voice_id)
        if detail.voice.erasing_at is not None:
            raise VoiceBeingErased(voice_id)
        if not detail.in_force:
            raise ConsentOver(detail.voice.name)
        known = await self._voices.known(project_id)
        jobs = await self._meetings(project_id, cursor, limit + 1)
        named = [
            meeting
            for job in jobs[:limit]
            if (meeting := await self._look_at(detail.voice, job, known, author)) is not None
        ]
        following = encode_cursor(jobs[limit - 1].id) if len(jobs) > limit else None
        return NamingPage(len(jobs[:limit]), named, following)

    async def _meetings(self, project_id: UUID, cursor: str | None, limit: int) -> Sequence[Job]:
        query = (
            select(Job)
            .where(
                Job.project_id == project_id,
                Job.state == JobState.SUCCEEDED,
                Job.transcript_id.is_not(None),
                # A job on a text from elsewhere has labels of its own, which that text does not bear.
                Job.transcript_revision.is_(None),
                Job.media_id.is_not(None),
                exists().where(Artifact.job_id == Job.id, Artifact.name == DIARIZATION_JSON),
            )
            .order_by(Job.id.desc())
            .limit(limit)
        )
        if cursor:
            query = query.where(Job.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def _look_at(
        self, voice: KnownVoice, job: Job, known: Sequence[Known], author: str
    ) -> NamedMeeting | None:
        try:
            diarization = await self._samples.spoken(voice.project_id, job.id)
            if diarization is None or job.transcript_id is None:
                return None
            names = await asyncio.to_thread(identified, diarization, known, self._certainty)
            mine = [one for one in names.speakers if one.voice_id == str(voice.id)]
            return await self._write(voice, job, mine, diarization.turns, author) if mine else None
        except NotFound:
            # Deleted while we looked.
            return None

    async def _write(
        self,
        voice: KnownVoice,
        job: Job,
        mine: Sequence[SpeakerName],
        turns: Sequence[SpeakerTurn],
        author: str,
    ) -> NamedMeeting | None:
        transcript_id = job.transcript_id
        assert transcript_id is not None, "it was looked for"

        async def note(session: AsyncSession) -> None:
            """With the revision that says the name, or not at all: an erasure finds it by these rows."""
            repository = VoiceRepository(session)
            if voice.id not in await repository.alive([voice.id]):
                raise VoiceBeingErased(voice.id)
            await repository.note(labels_of(mine, voice.project_id, transcript_id=transcript_id))

        known_as = await self._known_as(transcript_id)
        for _ in range(_TRIES):
            text = await self._transcripts.text(voice.project_id, transcript_id)
            heard = await asyncio.to_thread(_heard, text.transcript, turns, self._speakers_of)
            changes, speakers = _renaming(text.transcript, mine, known_as, heard)
            if not changes:
                return None
            try:
                await self._transcripts.revise(
                    voice.project_id, transcript_id, text.number, changes, author, also_write=note
                )
            except (StaleRevision, NamesTakenOut):
                # Somebody edits it at this moment: the names are put into what they make of it.
                continue
            return NamedMeeting(transcript_id, job.id, tuple(speakers))
        return None

    async def _known_as(self, transcript_id: UUID) -> dict[str, set[str]]:
        """What each label was called by voices that were known before."""
        found: dict[str, set[str]] = {}
        async with self._database.reading() as session:
            for row in await VoiceRepository(session).labels_in(transcript_id):
                found.setdefault(row.speaker, set()).add(row.name)
        return found


def _renaming(
    transcript: Transcript,
    mine: Sequence[SpeakerName],
    known_as: Mapping[str, set[str]],
    heard: Mapping[str, str | None],
) -> tuple[list[Operation], list[str]]:
    """The operations that put the name where a label, or a name that a voice gave it before, stands."""
    operations: list[Operation] = []
    renamed = []
    for one in mine:
        before = known_as.get(one.speaker, set()) - {one.name}
        segments = [
            segment.id
            for segment in transcript.segments
            if segment.speaker == one.speaker
            # A person may have given that name to another speaker.
            or (segment.speaker in before and heard.get(segment.id) == one.speaker)
        ]
        if segments:
            renamed.append(one.speaker)
        for begin in range(0, len(segments), _MOST_SEGMENTS):
            batch = tuple(segments[begin : begin + _MOST_SEGMENTS])
            operations.append(SetSegments(op="set_segments", segments=batch, speaker=one.name))
    return operations, renamed


def _heard(
    transcript: Transcript, turns: Sequence[SpeakerTurn], speakers_of: SpeakersOf
) -> dict[str, str | None]:
    """By segment, the label of most of its words; None where most are nobody's."""
    labels = iter(speakers_of(transcript.words, turns))
    return {
        segment.id: Counter(islice(labels, len(segment.words))).most_common(1)[0][0]
        for segment in transcript.segments
        if segment.words
    }
