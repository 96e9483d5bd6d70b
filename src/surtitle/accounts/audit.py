"""The audit trail: who did what to which object, when, from where. Only ever added to.

Each row holds the hash of the row before it and pseudonyms in place of people, so that a changed or
missing row is seen and a person can still be erased: their pseudonyms then lead nowhere. The database
itself refuses to change or delete a row; see docs/decisions/0009-audit-trail.md.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.db.account_models import AuditEvent, AuditHead, AuditPerson
from surtitle.db.engine import Database
from surtitle.ids import new_id

BEGINNING = "0" * 64
NOBODY = "nobody"
OWNER = "owner"
SYSTEM = "system"

USER = "user"
PEOPLE = frozenset({USER, "member"})
"""The kinds of objects that are people, whose ids the trail does not hold either."""

_HEAD = 1
_SEAL = "audit head"
_OBJECT_ID_CHARS = 64
_LAY_FIRST_HEAD = text(
    "INSERT INTO audit_head (id, number, hash, seal) VALUES (:id, 0, :hash, :seal) "
    "ON CONFLICT (id) DO NOTHING"
)


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Deed:
    """What is told to the trail. `detail` must say nothing about a person, and hold no secret.

    `action` is a noun and a verb: `login.succeeded`, `key.revoked`, `artifact.downloaded`.
    """

    action: str
    by: Principal | None = None
    """None: nobody who is known; the product itself with `system`."""
    address: str | None = None
    object_kind: str | None = None
    object_id: str | UUID | None = None
    project_id: UUID | None = None
    outcome: Outcome = Outcome.DONE
    detail: dict[str, Any] = field(default_factory=dict)
    system: bool = False


class AuditTrail:
    """Adds to the trail: within the transaction of the deed, so that there is neither without the other."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets

    async def tell(self, deed: Deed) -> None:
        """Add a deed that changed nothing in the database: a download, a refusal."""
        async with self._database.writing() as session:
            await self.add(session, deed)

    async def add(self, session: AsyncSession, deed: Deed) -> AuditEvent:
        """Add `deed` to the trail in the caller's transaction, as the last thing done there: whoever
        else adds a deed waits until that transaction has ended.
        """
        head = await self._locked_head(session)
        event = AuditEvent(
            number=head.number + 1,
            at=utc_now(),
            actor=await self._actor(session, deed),
            origin=await self._origin(session, deed),
            action=deed.action,
            object_kind=deed.object_kind,
            object_id=await self._object_id(session, deed),
            project_id=deed.project_id,
            outcome=deed.outcome,
            detail=deed.detail,
            previous_hash=head.hash,
            hash="",
        )
        event.hash = chained_hash(event)
        session.add(event)
        head.number, head.hash = event.number, event.hash
        head.seal = head_seal(self._secrets, event.number, event.hash)
        await session.flush()
        return event

    def has_sealed(self, head: AuditHead) -> bool:
        """Whether the seal on this end of the trail is ours."""
        return hmac.compare_digest(head.seal, head_seal(self._secrets, head.number, head.hash))

    async def forget_addresses(self, before: datetime) -> int:
        """Drop what addresses of nobody who is known stand for, when first seen `before`; how many."""
        async with self._database.writing() as session:
            gone = await session.scalars(
                delete(AuditPerson)
                .where(
                    AuditPerson.kind == "address",
                    AuditPerson.user_id.is_(None),
                    AuditPerson.created_at < before,
                )
                .returning(AuditPerson.pseudonym)
            )
            return len(gone.all())

    async def _locked_head(self, session: AsyncSession) -> AuditHead:
        """The end of the trail, ours until the transaction ends. Two that lay the first head at once both
        find one afterwards: PostgreSQL lets the second wait for the first.
        """
        wanted = select(AuditHead).where(AuditHead.id == _HEAD).with_for_update()
        wanted = wanted.execution_options(populate_existing=True)
        head = await session.scalar(wanted)
        if head is None:
            seal = head_seal(self._secrets, 0, BEGINNING)
            await session.execute(_LAY_FIRST_HEAD, {"id": _HEAD, "hash": BEGINNING, "seal": seal})
            head = await session.scalar(wanted)
            assert head is not None
        return head

    async def _actor(self, session: AsyncSession, deed: Deed) -> str:
        if deed.system:
            return SYSTEM
        if deed.by is None:
            return NOBODY
        if deed.by.key is not None:
            return await _pseudonym(session, "key", str(deed.by.key.id), None)
        if deed.by.user_id is None:
            return OWNER
        return await _pseudonym(session, USER, str(deed.by.user_id), deed.by.user_id)

    async def _origin(self, session: AsyncSession, deed: Deed) -> str | None:
        if deed.address is None:
            return None
        user_id = deed.by.user_id if deed.by else None
        return await _pseudonym(session, "address", deed.address, user_id)

    async def _object_id(self, session: AsyncSession, deed: Deed) -> str | None:
        if deed.object_id is None:
            return None
        if deed.object_kind in PEOPLE and isinstance(deed.object_id, UUID):
            return await _pseudonym(session, USER, str(deed.object_id), deed.object_id)
        return str(deed.object_id)[:_OBJECT_ID_CHARS]


def chained_hash(event: AuditEvent) -> str:
    """SHA-256 of the row as JSON with sorted keys, the hash of the row before among it."""
    return hashlib.sha256(
        json.dumps(
            {
                "number": event.number,
                "at": _text(event.at),
                "actor": event.actor,
                "origin": event.origin,
                "action": event.action,
                "object_kind": event.object_kind,
                "object_id": event.object_id,
                "project_id": str(event.project_id) if event.project_id else None,
                "outcome": str(event.outcome),
                "detail": event.detail,
                "previous_hash": event.previous_hash,
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()
    ).hexdigest()


def head_seal(secrets: Secrets, number: int, last_hash: str) -> str:
    """Who has no secret cannot shorten the trail and write a fitting end."""
    return secrets.signature(_SEAL, f"{number}:{last_hash}")


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


async def _pseudonym(session: AsyncSession, kind: str, value: str, user_id: UUID | None) -> str:
    """Random, so that it cannot be computed again once the row is gone; an address has one a person.

    Asked for while the head is held, so that nobody has two.
    """
    known = await session.scalar(
        select(AuditPerson.pseudonym).where(
            AuditPerson.kind == kind, AuditPerson.value == value, AuditPerson.user_id == user_id
        )
    )
    if known is not None:
        return known
    person = AuditPerson(pseudonym=f"{kind}-{new_id().hex[-24:]}", kind=kind, value=value, user_id=user_id)
    session.add(person)
    await session.flush()
    return person.pseudonym
