"""The steps of a job in plain words: what is done, what is being done, what the job did without."""

from dataclasses import dataclass

from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.recipes import StepName, is_on
from surtitle.jobs.service import JobDetail
from surtitle.web.catalogues import mark as _

STEP_NAMES: dict[str, str] = {
    StepName.TRANSCRIPTION: _("Writing down what is said"),
    StepName.SUBTITLES: _("Cutting the text into subtitles"),
    StepName.RENDERING: _("Putting the subtitles into the picture"),
    StepName.DIARIZATION: _("Telling the speakers apart"),
    StepName.IDENTIFICATION: _("Looking for known voices"),
    StepName.FUSION: _("Bringing words and speakers together"),
    StepName.MINUTES: _("Making the minutes"),
    StepName.RESULT: _("Putting everything together"),
    StepName.SCRIPT: _("Writing the script"),
    StepName.NARRATION: _("Speaking the text"),
    StepName.PICTURE: _("Drawing the pictures"),
    StepName.FINISH: _("Cutting the film"),
}
STEP_STATES = {
    StepState.PENDING: _("to come"),
    StepState.RUNNING: _("at work"),
    StepState.DONE: _("done"),
    StepState.FAILED: _("left out"),
}


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step. `name` and `state_name` are words to be translated; `error` is the service's own English."""

    key: str
    name: str
    state: StepState
    state_name: str
    error: str
    may_retry: bool


def steps_of(detail: JobDetail) -> list[ShownStep]:
    """In their order; those that the job was told to leave out are left out here too."""
    succeeded = detail.job.state == JobState.SUCCEEDED
    return [
        ShownStep(
            key=step.name,
            name=STEP_NAMES.get(step.name, step.name),
            state=StepState(step.state),
            state_name=STEP_STATES[StepState(step.state)],
            error=step.error or "",
            may_retry=succeeded and step.state == StepState.FAILED,
        )
        for step in detail.steps
        if is_on(detail.job.options, step.name)
    ]
