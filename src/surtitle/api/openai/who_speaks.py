"""Whose the words of a finished job are, by the names that the request gave."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from surtitle.api.openai.errors import SpeakersNotTold
from surtitle.api.services import Services
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.recipes import StepName
from surtitle.domain.transcript import Transcript
from surtitle.jobs.errors import ResultNotReady
from surtitle.pipelines.voices.samples import NamedVoice


@dataclass(frozen=True, slots=True)
class WhoSaidWhat:
    """A transcript whose segments have speakers, and what those are called that the request knows.

    `given` are the names of all voices that it brought along, heard or not.
    """

    transcript: Transcript
    names: Mapping[str, str]
    given: Collection[str] = ()


async def who_said_what(
    use: Services, project_id: UUID, job_id: UUID, known: Sequence[NamedVoice]
) -> WhoSaidWhat:
    """Of a job that succeeded. Raises `SpeakersNotTold` when its diarization did not."""
    detail = await use.jobs.get(project_id, job_id)
    for step in detail.steps:
        if step.name == StepName.DIARIZATION and step.state == StepState.FAILED:
            raise SpeakersNotTold(job_id, step.error or "the step failed.")
    if detail.job.transcript_id is None:
        raise ResultNotReady(job_id, JobState(detail.job.state))
    text = await use.transcripts.text(project_id, detail.job.transcript_id)
    names = await use.voice_samples.names(project_id, job_id, known) if known else {}
    return WhoSaidWhat(text.transcript, names, [one.name for one in known])
