"""`/api/direct-uploads`: large recordings in parts straight to the object store, past this server."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from surtitle.api.access import Caller, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.media.direct import Announced, DirectUploadState

router = APIRouter(tags=["direct uploads"])

_MAX_BYTES = 2**62


class DirectUploadRequest(BaseModel):
    """The file that is to come."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "talk.mp4", "size_bytes": 734003200}}
    )

    name: str = Field(min_length=1, max_length=1000, description="A name to show.")
    size_bytes: int = Field(ge=1, le=_MAX_BYTES)
    sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="Of the whole file, in hex: other bytes are then refused."
    )


class PartDocument(BaseModel):
    """A part to send: `PUT` its bytes, and no more, to `url`."""

    number: int = Field(description="Counted from 1: part `n` begins at byte `(n - 1) * part_bytes`.")
    size_bytes: int
    url: str


class DirectUploadDocument(Document):
    """A direct upload. `media_id` once it is a recording; `error` once it will never be one."""

    id: str
    size_bytes: int
    part_bytes: int
    part_count: int
    missing_count: int = Field(description="How many parts have not come yet.")
    parts: list[PartDocument] = Field(
        description="Missing parts with addresses that work for a while, at most 100; ask again for more."
    )
    media_id: UUID | None
    error: str | None
    expires_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, state: DirectUploadState) -> "DirectUploadDocument":
        here = f"/api/direct-uploads/{state.upload_id}"
        links = {"self": here, "complete": f"{here}/complete"}
        if state.media_id is not None:
            links["media"] = f"/api/media/{state.media_id}"
        return cls(
            id=state.upload_id,
            size_bytes=state.plan.size_bytes,
            part_bytes=state.plan.part_bytes,
            part_count=state.plan.count,
            missing_count=state.missing_count,
            parts=[
                PartDocument(number=link.number, size_bytes=link.size_bytes, url=link.url)
                for link in state.links
            ],
            media_id=state.media_id,
            error=state.error,
            expires_at=state.expires_at,
            links=links,
        )


@router.post("/api/direct-uploads", status_code=201, responses=problems(402, 409, 429, 503))
async def begin_direct_upload(
    wish: DirectUploadRequest, response: Response, use: Use, project: WritesProject, caller: Caller
) -> DirectUploadDocument:
    """Begin an upload past this server. Where the installation takes none, this answers 409."""
    announced = Announced(wish.name, wish.size_bytes, wish.sha256)
    state = await use.direct_uploads.begin(project, announced, caller.user_id)
    response.headers["Location"] = f"/api/direct-uploads/{state.upload_id}"
    return DirectUploadDocument.of(state)


@router.get("/api/direct-uploads/{direct_id}", responses=problems(404, 409, 410, 503))
async def show_direct_upload(direct_id: str, use: Use, project: WritesProject) -> DirectUploadDocument:
    """What is missing, with fresh addresses; then the `media_id`, or why there is none."""
    return DirectUploadDocument.of(await use.direct_uploads.state(project, direct_id))


@router.post(
    "/api/direct-uploads/{direct_id}/complete",
    responses=problems(402, 404, 409, 410, 422, 429, 503, 507),
)
async def complete_direct_upload(
    direct_id: str,
    use: Use,
    project: WritesProject,
    noted: Annotated[Noted, audited("recording.uploaded", "recording")],
) -> DirectUploadDocument:
    """Make the recording of the parts. It can be asked for again: the answer is the same."""
    state = await use.direct_uploads.complete(project, direct_id)
    noted.object_id = state.media_id
    return DirectUploadDocument.of(state)


@router.delete("/api/direct-uploads/{direct_id}", status_code=204, responses=problems(404, 503))
async def give_up_direct_upload(direct_id: str, use: Use, project: WritesProject) -> None:
    """Give an upload up, and drop its parts. A recording that came of it stays."""
    await use.direct_uploads.give_up(project, direct_id)
