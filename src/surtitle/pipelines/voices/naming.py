"""Past meetings: the speakers who are a known voice get its name, when a person asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import exists, select

from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.voice_models import SpeakerLabel
from surtitle.domain.jobs import JobState
from surtitle.domain.speakers import Diarization, SpeakerName
from surtitle.domain.transcript import Transcript
from surtitle.errors import Conflict, NotFound
from surtitle.paging import decode_cursor, encode_cursor
from surtitle.pipelines.voices.errors import ConsentOver, VoiceBeingErased
from surtitle.pipelines.voices.matching import Certainty, identified
from surtitle.pipelines.voices.samples import VoiceSamples
from surtitle.pipelines.voices.service import VoiceService
from surtitle.pipelines.voices.step import labels_of
from surtitle.transcripts.operations import Operation, SetSegments
from surtitle.transcripts.service import TranscriptService

_DIARIZATION_JSON = "diarization.json"
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
    """Listens to the speakers of past meetings anew: nothing of their voices was kept."""

    def __init__(
        self,
        database: Database,
        voices: VoiceService,
        samples: VoiceSamples,
        transcripts: TranscriptService,
        certainty: Certainty,
    ) -> None:
        self._database = database
        self._voices = voices
        self._samples = samples
        self._transcripts = transcripts
        self._certainty = certainty

    async def name_past(
        self, project_id: UUID, voice_id: UUID, cursor: str | None, limit: int, author: str
    ) -> NamingPage:
        """Look at `limit` past meetings; each change is a revision of the transcript, which can be undone.

        A speaker whom a person has named otherwise keeps that name. Raises `VoiceNotFound`, `ConsentOver`.
        """
        detail = await self._voices.get(project_id, voice_id)
        if detail.voice.erasing_at is not None:
            raise VoiceBeingErased(voice_id)
        if not detail.in_force:
            raise ConsentOver(detail.voice.name)
        jobs = await self._meetings(project_id, cursor, limit + 1)
        named = [
            meeting
            for job in jobs[:limit]
            if (meeting := await self._look_at(project_id, voice_id, job, author)) is not None
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
                Job.media_id.is_not(None),
                exists().where(Artifact.job_id == Job.id, Artifact.name == _DIARIZATION_JSON),
            )
            .order_by(Job.id.desc())
            .limit(limit)
        )
        if cursor:
            query = query.where(Job.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def _look_at(self, project_id: UUID, voice_id: UUID, job: Job, author: str) -> NamedMeeting | None:
        try:
            diarization = await self._samples.spoken(project_id, job.id)
        except NotFound:
            # The recording or the job was deleted while we looked.
            return None
        if diarization is None or job.transcript_id is None:
            return None
        found = await self._found(project_id, voice_id, diarization)
        if not found:
            return None
        return await self._write(project_id, voice_id, job, found, author)

    async def _found(
        self, project_id: UUID, voice_id: UUID, diarization: Diarization
    ) -> dict[str, float | None]:
        """The labels that are this voice, each with its score."""
        known = await self._voices.known(project_id)
        names = identified(diarization, known, self._certainty)
        return {one.speaker: one.score for one in names.speakers if one.voice_id == str(voice_id)}

    async def _write(
        self, project_id: UUID, voice_id: UUID, job: Job, found: dict[str, float | None], author: str
    ) -> NamedMeeting | None:
        assert job.transcript_id is not None
        name = (await self._voices.get(project_id, voice_id)).voice.name
        known_as = await self._labels(job.transcript_id)
        for _ in range(_TRIES):
            text = await self._transcripts.text(project_id, job.transcript_id)
            changes, speakers = _renaming(text.transcript, name, found, known_as)
            await self._note(project_id, voice_id, job.transcript_id, name, found)
            if not changes:
                return None
            try:
                await self._transcripts.revise(project_id, job.transcript_id, text.number, changes, author)
            except Conflict:
                # Somebody edits it at this moment: the names are put into what they make of it.
                continue
            return NamedMeeting(job.transcript_id, job.id, tuple(speakers))
        return None

    async def _labels(self, transcript_id: UUID) -> dict[str, str]:
        """What each label was called by a voice that was known before."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(SpeakerLabel).where(SpeakerLabel.transcript_id == transcript_id)
            )
            return {row.speaker: row.name for row in rows}

    async def _note(
        self, project_id: UUID, voice_id: UUID, transcript_id: UUID, name: str, found: dict[str, float | None]
    ) -> None:
        """Before the transcript says the name: an erasure finds it by these rows."""
        async with self._database.writing() as session:
            rows = await session.scalars(
                select(SpeakerLabel).where(
                    SpeakerLabel.transcript_id == transcript_id, SpeakerLabel.speaker.in_(found)
                )
            )
            for row in rows:
                await session.delete(row)
            await session.flush()
            speakers = [SpeakerName(one, name, str(voice_id), score) for one, score in found.items()]
            session.add_all(labels_of(speakers, transcript_id, project_id))


def _renaming(
    transcript: Transcript, name: str, found: dict[str, float | None], known_as: dict[str, str]
) -> tuple[list[Operation], list[str]]:
    """The operations that put the name where a label, or a name that a voice gave it before, stands."""
    operations: list[Operation] = []
    renamed = []
    for label in found:
        shown = {label, known_as.get(label, label)}
        segments = [one.id for one in transcript.segments if one.speaker in shown and one.speaker != name]
        if segments:
            renamed.append(label)
        for begin in range(0, len(segments), _MOST_SEGMENTS):
            batch = tuple(segments[begin : begin + _MOST_SEGMENTS])
            operations.append(SetSegments(op="set_segments", segments=batch, speaker=name))
    return operations, renamed
