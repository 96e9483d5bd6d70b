"""Signed links to files, and the files behind them: the one place where a query opens something."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from surtitle.accounts.links import DEFAULT_SECONDS, MOST_SECONDS, LinkedFile, SignedLink
from surtitle.api.access import PUBLIC, ReadsProject
from surtitle.api.auditing import Auditing, Noted, audited
from surtitle.api.client_address import public_base
from surtitle.api.dependencies import Use
from surtitle.api.downloads import send_file
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import file_download, problems
from surtitle.api.services import Services
from surtitle.pipelines.result_files import ResultFile

router = APIRouter(tags=["links"])

_LATEST_EPOCH = 253402300799  # the year 9999 ends; the calendar knows no more
_SIGNATURE_CHARS = 64


class LinkRequest(BaseModel):
    """How long a link is to work."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"expires_in_seconds": 3600}})

    expires_in_seconds: int = Field(DEFAULT_SECONDS, ge=1, le=MOST_SECONDS)


class LinkDocument(Document):
    """A link to one file. Whoever has it can read that file until it expires, and nothing else."""

    url: str
    expires_at: datetime

    @classmethod
    def of(cls, link: SignedLink, request: Request) -> "LinkDocument":
        return cls(url=public_base(request) + link.path, expires_at=link.expires_at)


@router.post("/api/jobs/{job_id}/artifacts/{name}/link", responses=problems(404))
async def link_artifact(
    *,
    job_id: UUID,
    name: str,
    request: Request,
    use: Use,
    project: ReadsProject,
    noted: Annotated[Noted, audited("link.created", "job")],
    wish: LinkRequest | None = None,
) -> LinkDocument:
    """A link to a file that the job made, for a player, a mail or somebody without an account."""
    artifact = await use.jobs.artifact(project, job_id, name)
    seconds = (wish or LinkRequest()).expires_in_seconds
    link = use.links.sign(artifact.id, artifact.name, seconds)
    noted.detail = {"name": artifact.name, "seconds": seconds}
    return LinkDocument.of(link, request)


@router.post("/api/media/{media_id}/link", responses=problems(404))
async def link_recording(
    *,
    media_id: UUID,
    request: Request,
    use: Use,
    project: ReadsProject,
    noted: Annotated[Noted, audited("link.created", "recording")],
    wish: LinkRequest | None = None,
) -> LinkDocument:
    """A link to a recording as it was sent."""
    media = await use.media.get(project, media_id)
    seconds = (wish or LinkRequest()).expires_in_seconds
    link = use.links.sign(media.id, media.name, seconds)
    noted.detail = {"seconds": seconds}
    return LinkDocument.of(link, request)


@router.head("/files/{object_id}/{name}", dependencies=[PUBLIC], include_in_schema=False)
@router.get(
    "/files/{object_id}/{name}",
    dependencies=[PUBLIC],
    response_class=Response,
    responses=file_download("The file.", "*/*", refusals=(403, 404, 410), from_store=True),
)
async def follow_link(
    *,
    object_id: UUID,
    name: str,
    request: Request,
    use: Use,
    expires: Annotated[int, Query(ge=0, le=_LATEST_EPOCH, description="Until when, in seconds since 1970.")],
    signature: Annotated[str, Query(max_length=_SIGNATURE_CHARS)],
) -> Response:
    """The file behind a link, whole or a range of it."""
    linked = await use.links.follow(object_id, name, expires, signature)
    file = await _file(use, linked)
    if request.method == "GET":
        await _note(request, linked)
    answer = await send_file(request, file, "inline" if file.is_played else "attachment")
    # Whoever has the link may show the file on a page of their own.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


async def _file(use: Services, linked: LinkedFile) -> ResultFile:
    if linked.job_id is not None:
        return await use.results.artifact(linked.project_id, linked.job_id, linked.name)
    assert linked.media_id is not None
    return await use.results.recording(linked.project_id, linked.media_id)


async def _note(request: Request, linked: LinkedFile) -> None:
    auditing: Auditing = request.app.state.auditing
    if linked.job_id is not None:
        noted = Noted(linked.job_id, {"name": linked.name, "by": "link"}, linked.project_id)
        await auditing.tell(request, "artifact.downloaded", "job", noted)
    else:
        noted = Noted(linked.media_id, {"by": "link"}, linked.project_id)
        await auditing.tell(request, "recording.downloaded", "recording", noted)
