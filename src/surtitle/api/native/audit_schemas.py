"""The JSON documents of the audit trail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from surtitle.accounts.audit_reading import Actor, AuditEntry
from surtitle.api.native.schemas import Document
from surtitle.paging import Page


class ActorDocument(BaseModel):
    """Who did it."""

    kind: str = Field(description="`user`, `key`, `owner` (of a personal installation), `system`, `nobody`.")
    name: str = Field(description="`erased person` where nobody can tell any more.")
    id: str | None

    @classmethod
    def of(cls, actor: Actor) -> "ActorDocument":
        return cls(kind=actor.kind, name=actor.name, id=actor.id)


class AuditEventDocument(BaseModel):
    """One thing that was done, or refused."""

    number: int = Field(description="Its place in the trail: 1, 2, 3 … without a gap.")
    at: datetime
    actor: ActorDocument
    address: str | None = Field(description="Where the request came from; null for owners of a project.")
    action: str
    object_kind: str | None
    object_id: str | None
    project_id: UUID | None
    outcome: str = Field(description="`done` or `refused`.")
    detail: dict[str, Any]
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry, *, with_address: bool) -> "AuditEventDocument":
        return cls(
            number=entry.number,
            at=entry.at,
            actor=ActorDocument.of(entry.actor),
            address=entry.address if with_address else None,
            action=entry.action,
            object_kind=entry.object_kind,
            object_id=entry.object_id,
            project_id=entry.project_id,
            outcome=entry.outcome,
            detail=entry.detail,
            hash=entry.hash,
        )


class AuditPage(Document):
    """Events, the newest first."""

    items: list[AuditEventDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[AuditEntry], *, with_address: bool) -> "AuditPage":
        items = [AuditEventDocument.of(entry, with_address=with_address) for entry in page.items]
        return cls(items=items, next_cursor=page.next_cursor)
