"""`/api/transcripts`: read, edit with revisions, compare, export, bring in."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from surtitle.api.access import Caller, DeletesInProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Cursor, IdempotencyKey, Limit, Use
from surtitle.api.downloads import send_file
from surtitle.api.native.transcript_schemas import (
    MAX_REVISION,
    DiffDocument,
    RevisionDocument,
    RevisionPage,
    RevisionRequest,
    StepRequest,
    TranscriptDetail,
    TranscriptPage,
    TranscriptSummary,
    WordHistoryDocument,
    detail_json,
)
from surtitle.api.openapi import TEXT_TYPES, file_download, multipart_upload, problems
from surtitle.domain.languages import language_code
from surtitle.domain.options import TranscriptFormat
from surtitle.errors import Invalid, TooLarge
from surtitle.media.multipart import FilePart, receive_multipart
from surtitle.transcripts.importing.service import MAX_IMPORT_BYTES
from surtitle.transcripts.schema import transcript_json

router = APIRouter(tags=["transcripts"])

_FILE = {
    "type": "string",
    "format": "binary",
    "description": "An srt, vtt or transcript JSON file in UTF-8, told by its content.",
}

_READ = audited("transcript.read", "transcript")
_EDITED = audited("transcript.edited", "transcript")

# Only ids match, so that `import` has no methods but its own.
_ONE = "/api/transcripts/{transcript_id:uuid}"

Number = Annotated[int | None, Query(ge=1, le=MAX_REVISION, description="Left out, the newest.")]


@router.get("/api/transcripts")
async def list_transcripts(
    use: Use, project: ReadsProject, cursor: Cursor = None, limit: Limit = 50
) -> TranscriptPage:
    """Transcripts, the newest first."""
    return TranscriptPage.of(await use.transcripts.list(project, cursor, limit))


@router.post(
    "/api/transcripts/import",
    status_code=201,
    responses=problems(404, 409),
    openapi_extra=multipart_upload(
        file=_FILE,
        media_id={"type": "string", "format": "uuid", "description": "The recording that it is of."},
        language={"type": "string", "description": "What is spoken: `en`, `fr`, Spanish …"},
    ),
)
async def import_transcript(
    *,
    request: Request,
    response: Response,
    use: Use,
    project: WritesProject,
    caller: Caller,
    noted: Annotated[Noted, audited("transcript.imported", "transcript")],
    idempotency_key: IdempotencyKey = None,
) -> TranscriptSummary:
    """Make a transcript of a subtitle file, or of a transcript from elsewhere."""
    form = await receive_multipart(request.stream(), request.headers.get("content-type"), on_file=_read)
    name, data = form.result
    stored = await use.imports.bring(
        project,
        name,
        data,
        media_id=_media_id(form.value("media_id")),
        language=_language(form.value("language")),
        idempotency_key=idempotency_key,
        author=caller.name,
        created_by=caller.user_id,
    )
    noted.object_id = stored.id
    response.headers["Location"] = f"/api/transcripts/{stored.id}"
    return TranscriptSummary.of(stored)


@router.get(
    _ONE,
    dependencies=[_READ],
    response_class=Response,
    responses={
        200: {"description": "The transcript and its text.", "model": TranscriptDetail},
        **problems(404),
    },
)
async def show_transcript(
    transcript_id: UUID, use: Use, project: ReadsProject, revision: Number = None
) -> Response:
    """One transcript with its text, of any revision."""
    found = await use.transcripts.text(project, transcript_id, revision)
    document = await asyncio.to_thread(transcript_json, found.transcript)
    return Response(detail_json(found, document), media_type="application/json")


@router.delete(
    _ONE,
    status_code=204,
    dependencies=[audited("transcript.deleted", "transcript")],
    responses=problems(404, 409),
)
async def delete_transcript(transcript_id: UUID, use: Use, project: DeletesInProject) -> None:
    """Delete a transcript with all its revisions. The files of jobs and the recording stay."""
    await use.transcripts.delete(project, transcript_id)


@router.get("/api/transcripts/{transcript_id}/revisions", responses=problems(404))
async def list_revisions(
    transcript_id: UUID, use: Use, project: ReadsProject, cursor: Cursor = None, limit: Limit = 50
) -> RevisionPage:
    """Revisions, the newest first."""
    return RevisionPage.of(await use.transcripts.revisions(project, transcript_id, cursor, limit))


@router.post(
    "/api/transcripts/{transcript_id}/revisions",
    status_code=201,
    dependencies=[_EDITED],
    responses=problems(404, 409),
)
async def revise_transcript(
    transcript_id: UUID, wish: RevisionRequest, use: Use, project: WritesProject, caller: Caller
) -> RevisionDocument:
    """Edit a transcript. When somebody else was quicker, the 409 says in `changed` what they touched."""
    revision = await use.transcripts.revise(
        project, transcript_id, wish.base_revision, wish.operations, caller.name
    )
    return RevisionDocument.of(revision)


@router.post(
    "/api/transcripts/{transcript_id}/undo",
    status_code=201,
    dependencies=[_EDITED],
    responses=problems(404, 409),
)
async def undo_edit(
    transcript_id: UUID, wish: StepRequest, use: Use, project: WritesProject, caller: Caller
) -> RevisionDocument:
    """Take the newest edit back; again, the one before it. The history keeps both."""
    return RevisionDocument.of(
        await use.transcripts.undo(project, transcript_id, wish.base_revision, caller.name)
    )


@router.post(
    "/api/transcripts/{transcript_id}/redo",
    status_code=201,
    dependencies=[_EDITED],
    responses=problems(404, 409),
)
async def redo_edit(
    transcript_id: UUID, wish: StepRequest, use: Use, project: WritesProject, caller: Caller
) -> RevisionDocument:
    """Do the edit again that was undone last. A new edit leaves nothing to redo."""
    return RevisionDocument.of(
        await use.transcripts.redo(project, transcript_id, wish.base_revision, caller.name)
    )


@router.get("/api/transcripts/{transcript_id}/diff", dependencies=[_READ], responses=problems(404))
async def compare_revisions(
    transcript_id: UUID,
    use: Use,
    project: ReadsProject,
    older: Annotated[int, Query(alias="from", ge=1, le=MAX_REVISION)],
    newer: Annotated[int, Query(alias="to", ge=1, le=MAX_REVISION)],
) -> DiffDocument:
    """What differs between two revisions, word by word."""
    return DiffDocument.of(older, newer, await use.transcripts.diff(project, transcript_id, older, newer))


@router.get(
    "/api/transcripts/{transcript_id}/words/{word_id}/history",
    dependencies=[_READ],
    responses=problems(404),
)
async def show_word_history(
    transcript_id: UUID,
    word_id: Annotated[str, Path(max_length=40, examples=["w12"])],
    use: Use,
    project: ReadsProject,
) -> WordHistoryDocument:
    """Which engine or person wrote a word, and what became of it."""
    return WordHistoryDocument.of(word_id, await use.transcripts.history(project, transcript_id, word_id))


@router.head("/api/transcripts/{transcript_id}/export", include_in_schema=False)
@router.get(
    "/api/transcripts/{transcript_id}/export",
    dependencies=[audited("transcript.exported", "transcript")],
    response_class=Response,
    responses=file_download("The file.", *TEXT_TYPES, refusals=(404, 409)),
)
async def export_transcript(
    *,
    transcript_id: UUID,
    request: Request,
    use: Use,
    project: ReadsProject,
    wanted: Annotated[TranscriptFormat, Query(alias="format")] = TranscriptFormat.TXT,
    revision: Number = None,
    job: Annotated[
        UUID | None,
        Query(description="Subtitles as this job was asked for them; left out, as the one that made it was."),
    ] = None,
) -> Response:
    """The text of any revision as a file."""
    file = await use.revision_files.export(project, transcript_id, wanted, revision, job_id=job)
    return await send_file(request, file)


async def _read(part: FilePart) -> tuple[str, bytes]:
    data = bytearray()
    async for chunk in part.chunks:
        data += chunk
        if len(data) > MAX_IMPORT_BYTES:
            raise TooLarge(f"A file to import has {MAX_IMPORT_BYTES} bytes at most. Send a shorter one.")
    return part.filename, bytes(data)


def _media_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(
            "The media_id is not an id such as `POST /api/media` gives.", field="media_id"
        ) from None


def _language(text: str | None) -> str | None:
    try:
        return language_code(text) if text else None
    except ValueError as error:
        raise Invalid(f"{error}.", field="language") from None
