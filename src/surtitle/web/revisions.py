"""`/app/recordings/{job_id}/revisions`: what became of the text, and what differs between two revisions."""

from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from surtitle.api.access import Caller, ReadsProject
from surtitle.api.auditing import audited
from surtitle.api.dependencies import Cursor, Use
from surtitle.api.native.transcript_schemas import MAX_REVISION
from surtitle.api.services import Services
from surtitle.transcripts.service import RevisionText
from surtitle.web.editor_page import require_edited
from surtitle.web.pages import page
from surtitle.web.recording_page import address_of
from surtitle.web.revision_authors import authors_in
from surtitle.web.told_revisions import MOST_PLACES, Place, places_of, shown_revisions

router = APIRouter()

ON_A_PAGE = 50

Older = Annotated[int | None, Query(alias="from", ge=1, le=MAX_REVISION)]
Newer = Annotated[int | None, Query(alias="to", ge=1, le=MAX_REVISION)]


@router.get("/recordings/{job_id}/revisions", dependencies=[audited("transcript.read", "job")])
async def show_revisions(
    *,
    job_id: UUID,
    request: Request,
    use: Use,
    project: ReadsProject,
    caller: Caller,
    older: Older = None,
    newer: Newer = None,
    cursor: Cursor = None,
) -> Response:
    """Who did what, the newest first, and what differs between two revisions if they are named."""
    found = await require_edited(use, project, job_id)
    listed = await use.transcripts.revisions(project, found.text.stored.id, cursor, ON_A_PAGE)
    authors = await authors_in(use, project, caller)
    both = (older, newer or found.text.number) if older else None
    places = await _places(use, project, found.text, *both) if both else []
    return await page(
        request,
        "revisions.html",
        name=found.text.stored.name,
        recording=address_of(job_id),
        here=f"{address_of(job_id)}/revisions",
        language=found.text.transcript.written_language or "",
        newest=found.text.number,
        revisions=shown_revisions(listed.items, authors),
        next_cursor=listed.next_cursor,
        compared=both,
        differences=places[:MOST_PLACES],
        more=len(places) > MOST_PLACES,
    )


async def _places(use: Services, project: UUID, text: RevisionText, older: int, newer: int) -> list[Place]:
    before = await use.transcripts.text(project, text.stored.id, older)
    changes = await use.transcripts.diff(project, text.stored.id, older, newer)
    return list(islice(places_of(before.transcript, changes), MOST_PLACES + 1))
