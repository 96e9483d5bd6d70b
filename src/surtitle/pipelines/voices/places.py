"""Where the name of a known voice stands, and the runs of jobs that may still write it somewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Artifact, Job
from surtitle.db.voice_models import KnownVoice, SpeakerLabel
from surtitle.domain.jobs import FINISHED
from surtitle.domain.speakers import VOICES_JSON
from surtitle.pipelines.voices.repository import VoiceRepository

HOLDS_VOICES = Artifact.name == literal(VOICES_JSON, literal_execute=True)
"""Written into the statement: else no planner uses the index of these few files."""

Names = Mapping[str, str]
"""The names that a voice bears or bore in one place, and the labels that they become."""


@dataclass(frozen=True, slots=True)
class Places:
    """By transcript and by job. A job is one also if it made such a transcript, or took its text.

    `runs` are the fences of the jobs, None for one that has not ended: the same at two moments, nothing was
    written in between.
    """

    transcripts: Mapping[UUID, Names]
    jobs: Mapping[UUID, Names]
    runs: Mapping[UUID, int | None]

    @property
    def busy(self) -> UUID | None:
        """A job that has not ended."""
        return next((job_id for job_id, fence in self.runs.items() if fence is None), None)

    def unchanged_at(self, later: "Places") -> bool:
        """Whether no job ran since, or came. Some may have been deleted."""
        return all(fence is not None and self.runs.get(job) == fence for job, fence in later.runs.items())


async def places_of(session: AsyncSession, voice: KnownVoice) -> Places:
    """As they are now."""
    labels = await VoiceRepository(session).labels(voice.id)
    others = await _names_of_others(session, labels, voice.id)
    transcripts: dict[UUID, dict[str, str]] = {}
    own: dict[UUID, dict[str, str]] = {}
    for label in labels:
        by_place, place = (transcripts, label.transcript_id) if label.transcript_id else (own, label.job_id)
        assert place is not None, "it stands somewhere"
        names = by_place.setdefault(place, {})
        # A person who knew the voice's other name may have written that instead.
        for name in {voice.name, *voice.former_names} - others.get(place, set()):
            names.setdefault(name, label.speaker)
        names[label.name] = label.speaker
    jobs = {job_id: dict(names) for job_id, names in own.items()}
    for transcript_id, job_id in await _working_with(session, voice.id):
        jobs[job_id] = {**transcripts[transcript_id], **jobs.get(job_id, {})}
    return Places(transcripts, jobs, await _runs(session, list(jobs)))


async def meeting_that_holds_it(session: AsyncSession, project_id: UUID, since: datetime) -> UUID | None:
    """A meeting under way that has heard its speakers before `since`: it holds what they sound like until it
    ends.
    """
    heard = HOLDS_VOICES, Artifact.created_at <= since
    query = select(Job.id).join(Artifact, Artifact.job_id == Job.id)
    query = query.where(Job.project_id == project_id, Job.state.not_in(FINISHED), *heard)
    return await session.scalar(query.limit(1))


async def _names_of_others(
    session: AsyncSession, labels: Sequence[SpeakerLabel], voice_id: UUID
) -> dict[UUID, set[str]]:
    """What other voices are called in the same places."""
    transcripts = [one.transcript_id for one in labels if one.transcript_id is not None]
    jobs = [one.job_id for one in labels if one.job_id is not None]
    rows = await session.scalars(
        select(SpeakerLabel).where(
            SpeakerLabel.voice_id != voice_id,
            or_(SpeakerLabel.transcript_id.in_(transcripts), SpeakerLabel.job_id.in_(jobs)),
        )
    )
    names: dict[UUID, set[str]] = {}
    for row in rows:
        place = row.transcript_id or row.job_id
        assert place is not None, "it stands somewhere"
        names.setdefault(place, set()).add(row.name)
    return names


async def _working_with(session: AsyncSession, voice_id: UUID) -> Sequence[tuple[UUID, UUID]]:
    """The transcripts that name the voice, each with the jobs that made it or took its text."""
    rows = await session.execute(
        select(SpeakerLabel.transcript_id, Job.id)
        .join(Job, Job.transcript_id == SpeakerLabel.transcript_id)
        .where(SpeakerLabel.voice_id == voice_id)
        .distinct()
    )
    return [(transcript_id, job_id) for transcript_id, job_id in rows if transcript_id is not None]


async def _runs(session: AsyncSession, job_ids: Sequence[UUID]) -> dict[UUID, int | None]:
    rows = await session.execute(select(Job.id, Job.fence, Job.state).where(Job.id.in_(job_ids)))
    return {job_id: fence if state in FINISHED else None for job_id, fence, state in rows}
