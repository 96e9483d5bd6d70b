"""`/api/search` and `/api/ask`: moments of recordings, and answers that quote them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from surtitle.api.access import ManagesProject, ReadsProject, WritesProject
from surtitle.api.auditing import Noted, audited
from surtitle.api.dependencies import Moment, Use
from surtitle.api.native.search_schemas import (
    QUESTION_CHARACTERS,
    AnswerDocument,
    AskRequest,
    FoundDocument,
    ReindexDocument,
    TagsDocument,
    TagsRequest,
)
from surtitle.api.openapi import problems
from surtitle.domain.languages import language_code
from surtitle.errors import Invalid
from surtitle.pipelines.search.filters import Filters
from surtitle.pipelines.search.finding import MOST_FOUND
from surtitle.pipelines.search.tags import TAG_CHARACTERS, tag_of

router = APIRouter(tags=["search"])

Searched = Annotated[Noted, audited("recordings.searched", "project")]


@router.get("/api/search", responses=problems(422))
async def search(
    *,
    use: Use,
    project: ReadsProject,
    noted: Searched,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=QUESTION_CHARACTERS,
            description="What to look for, in words of your own. In quotation marks: word by word.",
        ),
    ],
    speaker: Annotated[str | None, Query(max_length=200, description="Moments in which they speak.")] = None,
    language: Annotated[str | None, Query(max_length=40, description="`en`, `fr`, Spanish …")] = None,
    tag: Annotated[str | None, Query(max_length=TAG_CHARACTERS)] = None,
    transcript_id: UUID | None = None,
    since: Annotated[Moment | None, Query(description="Transcripts made from then on.")] = None,
    until: Annotated[Moment | None, Query(description="Transcripts made before then.")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="How many moments.")] = 10,
    offset: Annotated[int, Query(ge=0, le=MOST_FOUND, description="How many of the best to leave out.")] = 0,
) -> FoundDocument:
    """Moments by their words and by their meaning, the best first."""
    noted.object_id = project
    filters = Filters(speaker, checked_language(language), checked_tag(tag), transcript_id, since, until)
    return FoundDocument.of(await use.search.search.find(project, q, filters, limit, offset))


@router.post("/api/ask", responses=problems(422, 503))
async def ask(wish: AskRequest, use: Use, project: ReadsProject, noted: Searched) -> AnswerDocument:
    """An answer from the recordings, with the moments that it quotes; or that they do not tell."""
    noted.object_id = project
    filters = Filters(
        wish.speaker,
        checked_language(wish.language),
        checked_tag(wish.tag),
        wish.transcript_id,
        wish.since,
        wish.until,
    )
    return AnswerDocument.of(await use.search.asking.ask(project, wish.question, filters, wish.writer))


@router.post("/api/search/reindex", status_code=202, responses=problems(403))
async def reindex(
    use: Use, project: ManagesProject, noted: Annotated[Noted, audited("search.reindexed", "project")]
) -> ReindexDocument:
    """Have all transcripts of the project indexed again, by the workers."""
    noted.object_id = project
    return ReindexDocument(transcripts=await use.search.indexing.reindex(project))


@router.get("/api/transcripts/{transcript_id}/tags", responses=problems(404))
async def show_tags(transcript_id: UUID, use: Use, project: ReadsProject) -> TagsDocument:
    """What a transcript is filed under."""
    return TagsDocument.of(await use.search.tags.of(project, transcript_id))


@router.put(
    "/api/transcripts/{transcript_id}/tags",
    dependencies=[audited("transcript.tagged", "transcript")],
    responses=problems(404),
)
async def replace_tags(
    transcript_id: UUID, wish: TagsRequest, use: Use, project: WritesProject
) -> TagsDocument:
    """Make this the whole list of its tags."""
    return TagsDocument.of(await use.search.tags.replace(project, transcript_id, wish.tags))


def checked_language(text: str | None) -> str | None:
    """Its code, whichever way it is named. Raises `Invalid`."""
    try:
        return language_code(text) if text else None
    except ValueError as error:
        raise Invalid(f"{error}.", field="language") from None


def checked_tag(text: str | None) -> str | None:
    """As tags are compared. Raises `Invalid`."""
    return tag_of(text) if text else None
