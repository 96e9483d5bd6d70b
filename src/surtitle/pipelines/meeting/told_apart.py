"""Whether anybody knows who speaks when in a job's recording."""

from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.recipes import MEETING, StepName
from surtitle.domain.transcript import Transcript
from surtitle.jobs.errors import ResultNotReady
from surtitle.jobs.service import JobDetail
from surtitle.transcripts.errors import SpeakersNotToldApart


def require_turns(detail: JobDetail, transcript: Transcript) -> None:
    """For a job without a diarization: refuse to pass words without speakers for a recording without speech.

    Raises `SpeakersNotToldApart`, and `ResultNotReady` while the job may still tell them apart.
    """
    if any(segment.speaker is not None for segment in transcript.segments):
        return
    job = detail.job
    step = next((one for one in detail.steps if one.name == StepName.DIARIZATION), None)
    if step is None:
        advice = f"Start a job with the recipe {MEETING!r}."
        raise SpeakersNotToldApart(f"job {job.id}", f"The recipe {job.recipe!r} does not do that.", advice)
    if step.state == StepState.FAILED:
        advice = (
            f"Do that step again: `POST /api/jobs/{job.id}/steps/{step.name}/retry` or `surtitle jobs retry "
            f"{job.id} --step {step.name}`."
        )
        raise SpeakersNotToldApart(f"job {job.id}", step.error or "The step failed.", advice)
    if step.state == StepState.DONE:
        why = "It was told not to: `diarization.enabled` is off."
        raise SpeakersNotToldApart(f"job {job.id}", why, "Start another one and leave that on.")
    raise ResultNotReady(job.id, JobState(job.state))
