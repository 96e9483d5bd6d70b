"""`/api/media/from-url`: recordings that a worker fetches."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from surtitle.api.access import Caller, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, IdempotencyKey, Limit, Use
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.db.fetch_models import Fetch
from surtitle.media.fetching.service import FetchWish
from surtitle.media.fetching.states import FetchState
from surtitle.paging import Page

router = APIRouter(tags=["media"])


class FetchRequest(BaseModel):
    """Where the recording is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"url": "https://files.example.org/talk.mp4"}}
    )

    url: str = Field(
        min_length=8, max_length=4096, description="`https://` or `http://`, without user and password."
    )
    name: str | None = Field(
        None, min_length=1, max_length=1000, description="A name to show; left out, as its server calls it."
    )
    from_site: StrictBool = Field(
        False, description="The address is a page of a video site. Only where the installation allows it."
    )


class FetchDocument(Document):
    """A recording on its way. `media_id` once it is there, `error` once it will never be."""

    id: UUID
    state: FetchState
    origin: str = Field(description="Where it comes from; the rest of the address is told nobody.")
    name: str | None
    received_bytes: int
    total_bytes: int | None = Field(description="Null: not known yet, or the server does not say.")
    progress: float | None = Field(description="From 0 to 1; null where the size is not known.")
    media_id: UUID | None
    error: str | None
    error_type: str | None = Field(description="The problem's `type`.")
    created_at: datetime
    finished_at: datetime | None
    links: dict[str, str]

    @classmethod
    def of(cls, fetch: Fetch) -> "FetchDocument":
        links = {"self": f"/api/media/from-url/{fetch.id}"}
        if fetch.media_id is not None:
            links["media"] = f"/api/media/{fetch.media_id}"
        return cls(
            id=fetch.id,
            state=FetchState(fetch.state),
            origin=fetch.origin,
            name=fetch.name,
            received_bytes=fetch.received_bytes,
            total_bytes=fetch.total_bytes,
            progress=_progress(fetch),
            media_id=fetch.media_id,
            error=fetch.error,
            error_type=f"/problems/{fetch.error_kind}" if fetch.error_kind else None,
            created_at=fetch.created_at,
            finished_at=fetch.finished_at,
            links=links,
        )


class FetchPage(Document):
    """Fetches, the newest first. Those that ended more than 30 days ago are forgotten."""

    items: list[FetchDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[Fetch]) -> "FetchPage":
        return cls(items=[FetchDocument.of(fetch) for fetch in page.items], next_cursor=page.next_cursor)


@router.post("/api/media/from-url", status_code=202, responses=problems(409, 422, 429))
async def fetch_recording(
    *,
    wish: FetchRequest,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("recording.fetched", "fetch")],
    idempotency_key: IdempotencyKey = None,
) -> FetchDocument:
    """Have a recording fetched. `links.self` tells how far it is, then its `media_id`."""
    fetch = await use.fetches.create(
        project,
        FetchWish(wish.url, wish.name, wish.from_site),
        idempotency_key=idempotency_key,
        created_by=caller.user_id,
    )
    noted.object_id = fetch.id
    response.headers["Location"] = f"/api/media/from-url/{fetch.id}"
    return FetchDocument.of(fetch)


@router.get("/api/media/from-url")
async def list_fetches(
    use: Use, project: ReadsProject, cursor: Cursor = None, limit: Limit = 50
) -> FetchPage:
    """Recordings that are being fetched, or were lately."""
    return FetchPage.of(await use.fetches.list(project, cursor, limit))


@router.get("/api/media/from-url/{fetch_id}", responses=problems(404))
async def show_fetch(fetch_id: UUID, use: Use, project: ReadsProject) -> FetchDocument:
    """How far it is; then the `media_id`, or why there is none."""
    return FetchDocument.of(await use.fetches.get(project, fetch_id))


@router.post(
    "/api/media/from-url/{fetch_id}/cancel",
    status_code=202,
    dependencies=[audited("recording.fetch-cancelled", "fetch")],
    responses=problems(404),
)
async def cancel_fetch(fetch_id: UUID, use: Use, project: WritesProject) -> FetchDocument:
    """Give it up. A recording that came of it stays."""
    return FetchDocument.of(await use.fetches.cancel(project, fetch_id))


def _progress(fetch: Fetch) -> float | None:
    if fetch.state == FetchState.SUCCEEDED:
        return 1.0
    if not fetch.total_bytes:
        return None
    return min(fetch.received_bytes / fetch.total_bytes, 1.0)
