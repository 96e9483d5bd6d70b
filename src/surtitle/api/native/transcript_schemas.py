"""The JSON documents about transcripts. Times are ISO 8601 in UTC; links are paths on this server."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from surtitle.api.native.schemas import Document
from surtitle.db.models import Revision, StoredTranscript
from surtitle.paging import Page
from surtitle.transcripts.changes import Changes, WordChange
from surtitle.transcripts.creation import RevisionKind
from surtitle.transcripts.history import WordEvent
from surtitle.transcripts.operations import MAX_OPERATIONS, Operation
from surtitle.transcripts.schema import SegmentDocument, TranscriptDocument, WordDocument
from surtitle.transcripts.service import RevisionText

MAX_REVISION = 2**31 - 1

RevisionNumber = Annotated[int, Field(ge=1, le=MAX_REVISION)]


class TranscriptSummary(Document):
    """A transcript as a list shows it. `revision` is the newest."""

    id: UUID
    name: str
    media_id: UUID | None = Field(description="Its recording; null when there is none, or none any more.")
    job_id: UUID | None = Field(
        description="The job that wrote it; null for an import, or when it was deleted."
    )
    language: str | None
    duration_seconds: float
    revision: int
    created_at: datetime
    updated_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, stored: StoredTranscript) -> "TranscriptSummary":
        return cls(**_summary(stored))


class TranscriptDetail(TranscriptSummary):
    """A transcript with its text as of `shown_revision`."""

    shown_revision: int
    document: TranscriptDocument


class TranscriptPage(Document):
    """Transcripts, the newest first."""

    items: list[TranscriptSummary]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[StoredTranscript]) -> "TranscriptPage":
        return cls(items=[TranscriptSummary.of(one) for one in page.items], next_cursor=page.next_cursor)


class RevisionRequest(BaseModel):
    """Operations that are applied one after another, all or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "base_revision": 1,
                "operations": [
                    {"op": "change_word", "word": "w12", "text": "Müller"},
                    {"op": "insert_words", "after": "w12", "text": "and sons"},
                    {"op": "replace_text", "find": "colour", "replace": "color", "whole_words": True},
                ],
            }
        },
    )

    base_revision: RevisionNumber = Field(description="The revision that you look at; it must be the newest.")
    operations: list[Operation] = Field(min_length=1, max_length=MAX_OPERATIONS)


class StepRequest(BaseModel):
    """Which revision you look at."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"base_revision": 3}})

    base_revision: RevisionNumber


class RevisionDocument(Document):
    """One state of a transcript, and what led to it."""

    number: int
    kind: RevisionKind
    author: str = Field(description="The engine and its model, or `owner` until there are accounts.")
    same_as: int = Field(description="The revision with this very text: itself, unless it undid or redid.")
    operations: list[dict[str, Any]] = Field(description="As they were asked for.")
    created_at: datetime
    links: dict[str, str] = Field(
        description="After a speaker was renamed also `enrol_voice`: to know them in other recordings."
    )

    @classmethod
    def of(cls, revision: Revision) -> "RevisionDocument":
        here = f"/api/transcripts/{revision.transcript_id}"
        links = {"transcript": here, "text": f"{here}?revision={revision.number}"}
        if any(operation.get("op") == "rename_speaker" for operation in revision.operations):
            links["enrol_voice"] = "/api/voices/from-speaker"
        return cls(
            number=revision.number,
            kind=RevisionKind(revision.kind),
            author=revision.author,
            same_as=revision.content,
            operations=revision.operations,
            created_at=revision.created_at,
            links=links,
        )


class RevisionPage(Document):
    """Revisions, the newest first."""

    items: list[RevisionDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[Revision]) -> "RevisionPage":
        return cls(items=[RevisionDocument.of(one) for one in page.items], next_cursor=page.next_cursor)


class ChangeKind(StrEnum):
    INSERTED = "inserted"
    DELETED = "deleted"
    CHANGED = "changed"


class WordChangeDocument(BaseModel):
    """A word that differs. `follows` is the word before an inserted one, null at the beginning."""

    id: str
    kind: ChangeKind
    before: WordDocument | None
    after: WordDocument | None
    follows: str | None

    @classmethod
    def of(cls, change: WordChange) -> "WordChangeDocument":
        return cls(
            id=change.id,
            kind=_kind(change.before, change.after),
            before=None if change.before is None else WordDocument.model_validate(change.before),
            after=None if change.after is None else WordDocument.model_validate(change.after),
            follows=change.follows,
        )


class SegmentChangeDocument(BaseModel):
    """A segment of which a word, the speaker, the language, the doubt or the extent differs."""

    id: str
    kind: ChangeKind
    after: SegmentDocument | None


class DiffDocument(Document):
    """What leads from one revision to another: deletions first, changes, then insertions in this order."""

    from_revision: int
    to_revision: int
    words: list[WordChangeDocument]
    segments: list[SegmentChangeDocument]

    @classmethod
    def of(cls, older: int, newer: int, changes: Changes) -> "DiffDocument":
        return cls(
            from_revision=older,
            to_revision=newer,
            words=[WordChangeDocument.of(change) for change in changes.words],
            segments=list(_segment_changes(changes)),
        )


class WordEventDocument(BaseModel):
    """What a revision made of the word; `before` null where it came, `after` null where it went."""

    revision: int
    kind: RevisionKind
    author: str
    created_at: datetime
    before: WordDocument | None
    after: WordDocument | None
    kin: str | None = Field(description="The word that it was made of, or that it went into.")


class WordHistoryDocument(Document):
    """Everything that happened to a word, the oldest first."""

    word_id: str
    events: list[WordEventDocument]

    @classmethod
    def of(cls, word_id: str, events: Sequence[WordEvent]) -> "WordHistoryDocument":
        shown = [WordEventDocument.model_validate(event, from_attributes=True) for event in events]
        return cls(word_id=word_id, events=shown)


def detail_json(found: RevisionText, document: bytes) -> bytes:
    """A `TranscriptDetail` around a document that is JSON already: a long one is not made twice."""
    head = TranscriptSummary.of(found.stored).model_dump_json().encode()
    return b'%s,"shown_revision":%d,"document":%s}' % (head[:-1], found.number, document.rstrip())


def _summary(stored: StoredTranscript) -> dict[str, Any]:
    here = f"/api/transcripts/{stored.id}"
    links = {"self": here, "revisions": f"{here}/revisions", "export": f"{here}/export"}
    if stored.media_id is not None:
        links["media"] = f"/api/media/{stored.media_id}"
    if stored.job_id is not None:
        links["job"] = f"/api/jobs/{stored.job_id}"
    copied = ("id", "name", "media_id", "job_id", "language", "duration_seconds", "created_at", "updated_at")
    return {name: getattr(stored, name) for name in copied} | {"revision": stored.head, "links": links}


def _segment_changes(changes: Changes) -> Iterator[SegmentChangeDocument]:
    removed = {segment_id for splice in changes.splices for segment_id in splice.removed}
    for splice in changes.splices:
        for segment in splice.inserted:
            kind = ChangeKind.CHANGED if segment.id in removed else ChangeKind.INSERTED
            removed.discard(segment.id)
            yield SegmentChangeDocument(
                id=segment.id, kind=kind, after=SegmentDocument.model_validate(segment)
            )
    for segment_id in sorted(removed):
        yield SegmentChangeDocument(id=segment_id, kind=ChangeKind.DELETED, after=None)


def _kind(before: object | None, after: object | None) -> ChangeKind:
    if before is None:
        return ChangeKind.INSERTED
    return ChangeKind.DELETED if after is None else ChangeKind.CHANGED
