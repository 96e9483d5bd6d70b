"""`/api/uploads`: resumable uploads by tus 1.0 (https://tus.io/protocols/resumable-upload)."""

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.exceptions import HTTPException

from surtitle.api.access import PUBLIC, Caller, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Use
from surtitle.api.native.schemas import UploadDocument
from surtitle.api.openapi import problems
from surtitle.api.streamed import STREAMED_BODY
from surtitle.media.resumable import UploadState
from surtitle.media.tusheaders import CHECKSUM_ALGORITHMS, EXTENSIONS, VERSION, parse_checksum

router = APIRouter(tags=["resumable uploads"])

_BYTES = "application/offset+octet-stream"
_MAX_LENGTH = 2**62

TusVersion = Annotated[
    str,
    Header(alias="Tus-Resumable", description=f"Always `{VERSION}`.", json_schema_extra={"enum": [VERSION]}),
]
Uploaded = Annotated[Noted, audited("recording.uploaded", "recording")]
"""Told once the last byte has made the recording."""
Checksum = Annotated[
    str | None, Header(alias="Upload-Checksum", max_length=200, description="`sha256 <base64>`")
]


def _bytes_body(*, required: bool) -> dict[str, object]:
    content = {_BYTES: {"schema": {"type": "string", "format": "binary"}}}
    return {STREAMED_BODY: True, "requestBody": {"required": required, "content": content}}


@router.options("/api/uploads", dependencies=[PUBLIC], status_code=204)
async def tell_abilities(use: Use) -> Response:
    """Which parts of tus this server speaks."""
    headers = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(use.uploads.max_bytes),
        "Tus-Checksum-Algorithm": ",".join(CHECKSUM_ALGORITHMS),
    }
    return Response(status_code=204, headers=headers)


@router.post(
    "/api/uploads",
    status_code=201,
    response_class=Response,
    responses=problems(402, 409, 412, 423, 429, 460, 507),
    openapi_extra=_bytes_body(required=False),
)
async def begin_upload(
    *,
    request: Request,
    use: Use,
    project: WritesProject,
    caller: Caller,
    tus_resumable: TusVersion,
    noted: Uploaded,
    upload_length: Annotated[int, Header(alias="Upload-Length", ge=1, le=_MAX_LENGTH)],
    upload_metadata: Annotated[
        str | None,
        Header(alias="Upload-Metadata", description="`filename <base64>`"),
    ] = None,
    upload_checksum: Checksum = None,
) -> Response:
    """Begin an upload; the first bytes may come along."""
    _require_version(tus_resumable)
    state = await use.uploads.create(project, upload_length, upload_metadata, created_by=caller.user_id)
    if _carries_bytes(request):
        checksum = parse_checksum(upload_checksum)
        state = await use.uploads.append(project, state.upload_id, 0, request.stream(), checksum=checksum)
    noted.object_id = state.media_id
    return _answer(201, state, {"Location": f"/api/uploads/{state.upload_id}"})


@router.head(
    "/api/uploads/{upload_id}",
    response_class=Response,
    responses={200: {"description": "`Upload-Offset` tells where to go on."}, **problems(404, 410, 412)},
)
async def tell_offset(
    upload_id: str, use: Use, project: WritesProject, tus_resumable: TusVersion
) -> Response:
    """How many bytes have arrived."""
    _require_version(tus_resumable)
    state = await use.uploads.state(project, upload_id)
    return _answer(200, state, {"Upload-Length": str(state.length), "Cache-Control": "no-store"})


@router.patch(
    "/api/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=problems(402, 404, 409, 410, 412, 423, 460, 507),
    openapi_extra=_bytes_body(required=True),
)
async def add_bytes(
    *,
    upload_id: str,
    request: Request,
    use: Use,
    project: WritesProject,
    tus_resumable: TusVersion,
    noted: Uploaded,
    upload_offset: Annotated[int, Header(alias="Upload-Offset", ge=0, le=_MAX_LENGTH)],
    upload_checksum: Checksum = None,
) -> Response:
    """Add bytes. With the last ones the recording is made; `GET` tells its id."""
    _require_version(tus_resumable)
    if not _carries_bytes(request):
        raise HTTPException(415, f"Send the bytes with the header `Content-Type: {_BYTES}`.")
    checksum = parse_checksum(upload_checksum)
    state = await use.uploads.append(project, upload_id, upload_offset, request.stream(), checksum=checksum)
    noted.object_id = state.media_id
    return _answer(204, state)


@router.delete(
    "/api/uploads/{upload_id}", status_code=204, response_class=Response, responses=problems(404, 412, 423)
)
async def give_up_upload(
    upload_id: str, use: Use, project: WritesProject, tus_resumable: TusVersion
) -> Response:
    """Give an upload up. A recording that came of it stays."""
    _require_version(tus_resumable)
    await use.uploads.terminate(project, upload_id)
    return Response(status_code=204, headers={"Tus-Resumable": VERSION})


@router.get("/api/uploads/{upload_id}", responses=problems(404, 410, 423))
async def show_upload(upload_id: str, use: Use, project: WritesProject) -> UploadDocument:
    """What became of an upload: its offset, then its `media_id`, or why it was refused."""
    return UploadDocument.of(await use.uploads.outcome(project, upload_id))


def _require_version(version: str) -> None:
    if version != VERSION:
        raise HTTPException(
            412, f"This server speaks tus {VERSION}, not {version[:20]!r}.", {"Tus-Version": VERSION}
        )


def _carries_bytes(request: Request) -> bool:
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == _BYTES


def _answer(status: int, state: UploadState, headers: dict[str, str] | None = None) -> Response:
    told = {"Tus-Resumable": VERSION, "Upload-Offset": str(state.offset), **(headers or {})}
    if not state.complete:
        told["Upload-Expires"] = format_datetime(state.expires_at, usegmt=True)
    return Response(status_code=status, headers=told)
