"""The JSON documents about jobs. Times are ISO 8601 in UTC; links are paths on this server."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from surtitle.api.dialects.video_generator import status_of
from surtitle.api.native.schemas import Document
from surtitle.api.native.transcript_schemas import MAX_REVISION
from surtitle.api.native.usage_schemas import QuotaDocument
from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.domain.jobs import JobState, StepState
from surtitle.domain.options import PROMPT_CHARACTERS, Text
from surtitle.domain.recipes import FILM, RECIPES
from surtitle.jobs.service import JobDetail
from surtitle.paging import Page
from surtitle.pipelines.previews import Preview
from surtitle.pipelines.result_files import formats_of
from surtitle.usage.quotas import Left

_EXAMPLE_MEDIA = "01999999-0000-7000-8000-000000000001"
# What stands for a value with a fault of its own, which is told already.
_UNREAD = object()
# Shown under the names that the table has for them.
_COPIED = (
    "id",
    "recipe",
    "state",
    "surface",
    "label",
    "media_id",
    "transcript_id",
    "transcript_revision",
    "options",
    "priority",
    "progress",
    "attempt",
    "cancel_requested",
    "warnings",
    "media_seconds",
    "processing_seconds",
    "created_at",
    "queued_at",
    "started_at",
    "finished_at",
)


class JobRequest(BaseModel):
    """A wish for work on a recording, or on a transcript that there is already."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "recipe": "subtitles",
                "media_id": _EXAMPLE_MEDIA,
                "options": {"language": "en", "subtitles": {"max_lines": 2}},
            }
        },
    )

    recipe: str | None = Field(
        None,
        description="One of `GET /api/recipes`; left out beside a prompt, a film.",
        json_schema_extra={"enum": list(RECIPES)},
    )
    prompt: Text | None = Field(
        None, min_length=1, max_length=PROMPT_CHARACTERS, description="What a film tells. For films only."
    )
    transcript_id: UUID | None = Field(
        None, description="Take this transcript's text instead of listening, its edits included."
    )
    revision: int | None = Field(
        None, ge=1, le=MAX_REVISION, description="Of the transcript; left out, the newest, fixed now."
    )
    media_id: UUID | None = Field(
        None, validate_default=True, description="The recording; left out, the transcript's."
    )
    options: dict[str, Any] = Field(default={}, description="The recipe's options; left out, its defaults.")
    priority: int = Field(
        0, ge=-100, le=100, description="Higher goes first, within the project and not for ever."
    )
    queue: str | None = Field(
        None, max_length=64, description="Left out: the usual queue for such work.", examples=["cpu"]
    )

    @model_validator(mode="before")
    @classmethod
    def _name_a_recipe(cls, raw: Any) -> Any:
        if isinstance(raw, dict) and "recipe" not in raw and "prompt" not in raw:
            raise PydanticCustomError(
                "recipe_missing", "say which `recipe` is wanted: {recipes}", {"recipes": ", ".join(RECIPES)}
            )
        return raw

    @field_validator("prompt")
    @classmethod
    def _is_a_films(cls, prompt: str | None, known: ValidationInfo) -> str | None:
        if prompt is not None and known.data.get("recipe", _UNREAD) not in {None, FILM, _UNREAD}:
            raise ValueError("only a film is told by a prompt; what a recogniser expects goes into options")
        return prompt

    @field_validator("revision")
    @classmethod
    def _is_a_transcripts(cls, revision: int | None, known: ValidationInfo) -> int | None:
        if revision is not None and known.data.get("transcript_id", _UNREAD) is None:
            raise ValueError("a revision is one of a transcript; give its transcript_id too")
        return revision

    @field_validator("media_id")
    @classmethod
    def _has_something_to_work_on(cls, media_id: UUID | None, known: ValidationInfo) -> UUID | None:
        is_film = known.data.get("recipe") in {None, FILM}
        if media_id is None and not is_film and known.data.get("transcript_id", _UNREAD) is None:
            raise ValueError("say what to work on: media_id or transcript_id")
        return media_id

    @property
    def whole_options(self) -> dict[str, Any]:
        """The options, with the prompt among them."""
        return self.options if self.prompt is None else {"prompt": self.prompt, **self.options}


class StepDocument(BaseModel):
    """One step of a job."""

    name: str
    state: StepState
    seconds: float
    error: str | None
    links: dict[str, str] = Field(description="`retry` where the job succeeded without this step.")

    @classmethod
    def of(cls, step: JobStep, job: Job) -> "StepDocument":
        state = StepState(step.state)
        error = step.error if state is StepState.FAILED else None
        missed = state is StepState.FAILED and job.state == JobState.SUCCEEDED
        links = {"retry": f"/api/jobs/{job.id}/steps/{step.name}/retry"} if missed else {}
        return cls(name=step.name, state=state, seconds=step.seconds, error=error, links=links)


class ArtifactDocument(BaseModel):
    """A file that a job made."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, artifact: Artifact) -> "ArtifactDocument":
        return cls(
            name=artifact.name,
            media_type=artifact.media_type,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            created_at=artifact.created_at,
            links={"self": f"/api/jobs/{artifact.job_id}/artifacts/{artifact.name}"},
        )


class ArtifactList(Document):
    """All files of a job, by name."""

    items: list[ArtifactDocument]

    @classmethod
    def of(cls, artifacts: Sequence[Artifact]) -> "ArtifactList":
        return cls(items=[ArtifactDocument.of(artifact) for artifact in artifacts])


class JobError(BaseModel):
    """Why a job failed, or why its last try did. `type` is the tail of a problem's type."""

    type: str
    detail: str


class JobDocument(Document):
    """A job as a list shows it. Times a job has not come to are null."""

    id: UUID
    recipe: str
    state: JobState
    status: str = Field(description="The state as the API that made the job spells it.")
    surface: str = Field(description="The API that it was created with.")
    label: str | None = Field(description="What it was filed under there, if that means nothing else.")
    media_id: UUID | None
    transcript_id: UUID | None = Field(description="What it made or takes its text from; null before that.")
    transcript_revision: int | None = Field(description="The revision that the text is taken from, if any.")
    options: dict[str, Any]
    priority: int
    progress: float = Field(description="0 to 1.")
    attempt: int
    cancel_requested: bool
    error: JobError | None
    warnings: list[dict[str, Any]]
    media_seconds: float
    processing_seconds: float = Field(description="Time that workers spent on it.")
    created_at: datetime
    queued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    links: dict[str, str]

    @classmethod
    def of(cls, job: Job) -> "JobDocument":
        return cls(**_job_fields(job))


class AcceptedJobDocument(JobDocument):
    """A job that was accepted just now, and what its project may still use."""

    quota: QuotaDocument | None = Field(description="Null in a personal installation: nothing is limited.")

    @classmethod
    def of_accepted(cls, job: Job, left: Left | None) -> "AcceptedJobDocument":
        return cls(**_job_fields(job), quota=QuotaDocument.of(left) if left else None)


class JobDetailDocument(JobDocument):
    """A job with its steps, its files and the formats of its result."""

    steps: list[StepDocument]
    artifacts: list[ArtifactDocument]
    formats: list[str] = Field(description="What `result?format=` takes; the first is the default.")
    result_url: str | None = Field(
        None, description="A signed link to the film, for jobs that came by the Video generator's commands."
    )

    @classmethod
    def of_detail(cls, detail: JobDetail, result_url: str | None = None) -> "JobDetailDocument":
        return cls(
            **_job_fields(detail.job),
            steps=[StepDocument.of(step, detail.job) for step in detail.steps],
            artifacts=[ArtifactDocument.of(artifact) for artifact in detail.artifacts],
            formats=formats_of(detail),
            result_url=result_url,
        )


class JobPage(Document):
    """Jobs, the newest first."""

    items: list[JobDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[Job]) -> "JobPage":
        return cls(items=[JobDocument.of(job) for job in page.items], next_cursor=page.next_cursor)


class CueDocument(BaseModel):
    """One subtitle; `text` has a line break where the cue has one."""

    start_seconds: float
    end_seconds: float
    text: str


class PreviewDocument(Document):
    """A first look at a job's result."""

    job_id: UUID
    language: str | None
    text: str = Field(description="What the shown cues say.")
    cues: list[CueDocument]
    cue_count: int = Field(description="Of the whole recording.")
    links: dict[str, str] = Field(description="`frame` is there when the recording has a picture.")

    @classmethod
    def of(cls, job_id: UUID, preview: Preview, count: int) -> "PreviewDocument":
        shown = preview.cues.cues[:count]
        here = f"/api/jobs/{job_id}/preview"
        links = {"self": here}
        if preview.frame_seconds is not None:
            links["frame"] = f"{here}/frame?at={preview.frame_seconds}"
        return cls(
            job_id=job_id,
            language=preview.transcript.language,
            text=" ".join(" ".join(cue.lines) for cue in shown),
            cues=[
                CueDocument(start_seconds=cue.start_seconds, end_seconds=cue.end_seconds, text=cue.text)
                for cue in shown
            ],
            cue_count=len(preview.cues.cues),
            links=links,
        )


def _job_fields(job: Job) -> dict[str, Any]:
    error = JobError(type=job.error_kind, detail=job.error_detail or "") if job.error_kind else None
    told = {"status": status_of(job), "error": error, "links": _job_links(job)}
    return {name: getattr(job, name) for name in _COPIED} | told


def _job_links(job: Job) -> dict[str, str]:
    here = f"/api/jobs/{job.id}"
    parts = ("events", "artifacts", "result", "preview", "cancel", "retry")
    links = {"self": here, **{part: f"{here}/{part}" for part in parts}}
    if job.media_id is not None:
        links["media"] = f"/api/media/{job.media_id}"
    if job.transcript_id is not None:
        links["transcript"] = f"/api/transcripts/{job.transcript_id}"
    return links
