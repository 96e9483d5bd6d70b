"""The JSON documents of the native API. Times are ISO 8601 in UTC; links are paths on this server."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from surtitle.db.models import Media
from surtitle.domain.recipes import Recipe
from surtitle.media.probe import Probe
from surtitle.media.resumable import UploadState
from surtitle.paging import Page


class Document(BaseModel):
    """Base of every answer: new fields may come within a version, none changes its meaning."""

    schema_version: Literal[1] = 1


class MediaDocument(Document):
    """A recording as it was brought in."""

    id: UUID
    name: str
    size_bytes: int
    sha256: str
    content_type: str = Field(description="Told by the content, not by the name.")
    duration_seconds: float
    tracks: Probe
    created_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, media: Media) -> "MediaDocument":
        here = f"/api/media/{media.id}"
        return cls(
            id=media.id,
            name=media.name,
            size_bytes=media.size_bytes,
            sha256=media.sha256,
            content_type=media.content_type,
            duration_seconds=media.duration_seconds,
            tracks=Probe.model_validate(media.probe),
            created_at=media.created_at,
            links={"self": here, "content": f"{here}/content", "peaks": f"{here}/peaks"},
        )


class MediaPage(Document):
    """Recordings, the newest first."""

    items: list[MediaDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[Media]) -> "MediaPage":
        return cls(items=[MediaDocument.of(media) for media in page.items], next_cursor=page.next_cursor)


class UploadDocument(Document):
    """A resumable upload. `media_id` once it is complete and is a recording; `error` once it is not."""

    id: str
    offset_bytes: int
    length_bytes: int
    complete: bool
    media_id: UUID | None
    error: str | None
    expires_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, state: UploadState) -> "UploadDocument":
        links = {"self": f"/api/uploads/{state.upload_id}"}
        if state.media_id is not None:
            links["media"] = f"/api/media/{state.media_id}"
        return cls(
            id=state.upload_id,
            offset_bytes=state.offset,
            length_bytes=state.length,
            complete=state.complete,
            media_id=state.media_id,
            error=state.error,
            expires_at=state.expires_at,
            links=links,
        )


class RecipeDocument(BaseModel):
    """A way from a recording to results."""

    name: str
    summary: str
    steps: list[str]
    result: str = Field(description="The file that is the result when no format is asked for.")
    options_schema: dict[str, Any] = Field(description="JSON Schema (2020-12) of `options`.")

    @classmethod
    def of(cls, recipe: Recipe) -> "RecipeDocument":
        return cls(
            name=recipe.name,
            summary=recipe.summary,
            steps=[step.name for step in recipe.steps],
            result=recipe.result,
            options_schema=recipe.options.model_json_schema(),
        )


class RecipeList(Document):
    """Every recipe of this installation."""

    items: list[RecipeDocument]


class Alive(Document):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Check(BaseModel):
    """One part that work needs."""

    name: str
    ready: bool
    required: bool = Field(description="Whether nothing can be done here without it.")
    detail: str = Field(description="What it is, or what is wrong with it and what to do.")


class Ready(Document):
    """Every part that is required is there; `degraded` while another one is not."""

    status: Literal["ready", "degraded"]
    checks: list[Check]


class ProblemKind(Document):
    """What a problem's `type` means."""

    type: str
    title: str
    explanation: str
