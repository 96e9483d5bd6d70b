"""Jobs as a list shows them: what each is called, how far it has come, what can be done with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from surtitle.accounts.access import Principal
from surtitle.api.dialects import video_generator
from surtitle.api.problems import status_of_slug
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.domain.recipes import FILM
from surtitle.web.catalogues import mark as _
from surtitle.web.choices import SPOKEN_RECIPES
from surtitle.web.sentences import is_told_exactly, sentence_of

RECIPE_NAMES = {**{recipe: name for recipe, (name, _told) in SPOKEN_RECIPES.items()}, FILM: _("Film")}

STATE_NAMES = {
    JobState.CREATED: _("Not started"),
    JobState.QUEUED: _("Waiting"),
    JobState.RUNNING: _("At work"),
    JobState.SUCCEEDED: _("Done"),
    JobState.FAILED: _("Failed"),
    JobState.CANCELLED: _("Cancelled"),
}

_UNFORESEEN = _(
    "That should not have happened, and it is not your fault. Try again; if it stays, tell whoever runs this "
    "installation."
)
# Below it a figure says more of the start than of the speed.
_TELLING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job. `state_name`, `recipe_name` and `why` are sentences to be translated."""

    id: UUID
    name: str
    state: JobState
    state_name: str
    recipe_name: str
    progress: float
    created_at: datetime
    media_seconds: float
    times_as_fast: float | None
    """As it lasts; None before it can be told."""
    why: str
    """Why it failed; empty otherwise."""
    detail: str
    """The same in the engine's own words, where they say more."""
    warnings: int
    stopping: bool
    runs_again: bool
    """Whether it can be tried again, by who looks, when it has ended badly."""

    @classmethod
    def of(cls, job: Job, name: str | None, caller: Principal | None = None) -> "JobRow":
        """`caller`: who looks; None where nothing can be done with the row."""
        kind, told = job.error_kind or "", job.error_detail or ""
        failed = JobState(job.state) is JobState.FAILED
        spent = job.processing_seconds
        return cls(
            id=job.id,
            name=name or str(job.id),
            state=JobState(job.state),
            state_name=STATE_NAMES[JobState(job.state)],
            recipe_name=RECIPE_NAMES.get(job.recipe, job.recipe),
            progress=job.progress,
            created_at=job.created_at,
            media_seconds=job.media_seconds,
            times_as_fast=job.media_seconds / spent if spent > _TELLING_SECONDS else None,
            why=_why(kind) if failed else "",
            detail="" if not failed or is_told_exactly(kind) else told,
            warnings=len(job.warnings),
            stopping=job.cancel_requested and not JobState(job.state).finished,
            runs_again=_runs_again(job, caller),
        )

    @property
    def may_cancel(self) -> bool:
        return not self.state.finished and not self.stopping

    @property
    def may_retry(self) -> bool:
        return self.runs_again and self.state in {JobState.FAILED, JobState.CANCELLED}

    @property
    def may_delete(self) -> bool:
        return self.state is not JobState.RUNNING


def rows_of(jobs: Sequence[Job], names: dict[UUID, str], caller: Principal | None = None) -> list[JobRow]:
    return [JobRow.of(job, names.get(job.id), caller) for job in jobs]


def _runs_again(job: Job, caller: Principal | None) -> bool:
    # One that was never started has nothing to begin again with.
    return caller is not None and job.queued_at is not None and video_generator.may_retry(caller, job)


def _why(kind: str) -> str:
    status = status_of_slug(kind)
    # A page of its own would have a reference to give; a job has what the engine said.
    unforeseen = status == HTTPStatus.INTERNAL_SERVER_ERROR and not is_told_exactly(kind)
    return _UNFORESEEN if unforeseen else sentence_of(kind, status)
