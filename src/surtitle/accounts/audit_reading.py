"""Reading the audit trail: pages, filters, and people by name as long as their names are kept."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.audit import NOBODY, OWNER, PEOPLE, SYSTEM
from surtitle.db.account_models import ApiKey, AuditEvent, AuditPerson, User
from surtitle.db.engine import Database
from surtitle.errors import Invalid
from surtitle.paging import Page, decode_cursor, encode_cursor

ERASED_PERSON = "erased person"
SOMEBODY_ELSE = "somebody else"

_BATCH = 500
_HIGHEST_NUMBER = 2**63 - 1
_NAMES = {SYSTEM: "Surtitle", NOBODY: "somebody unknown", OWNER: "the owner of this machine"}


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; what is None does not matter. `action` may end in `*`."""

    action: str | None = None
    actor: UUID | None = None
    """A user."""
    object_id: str | None = None
    project_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `id` is None where nobody can tell (any more), or it is not a person or a key."""

    name: str
    kind: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An event as people read it. `address` is None where it is not known any more, or was not told."""

    number: int
    at: datetime
    actor: Actor
    address: str | None
    action: str
    object_kind: str | None
    object_id: str | None
    project_id: UUID | None
    outcome: str
    detail: dict[str, Any]
    hash: str


class AuditReading:
    """Pages and streams of the trail. Whether the caller may see them is `accounts.access`'s to say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, wanted: AuditFilter, cursor: str | None, limit: int) -> Page[AuditEntry]:
        """The newest first."""
        before = decode_cursor(cursor).int if cursor else None
        if before is not None and before > _HIGHEST_NUMBER:
            raise Invalid("The cursor is not one that a page returned; start again without it.")
        async with self._database.reading() as session:
            query = select(AuditEvent).where(*await _conditions(session, wanted))
            if before is not None:
                query = query.where(AuditEvent.number < before)
            events = (await session.scalars(query.order_by(AuditEvent.number.desc()).limit(limit + 1))).all()
            items = await _entries(session, events[:limit])
        return Page(items, encode_cursor(UUID(int=items[-1].number)) if len(events) > limit else None)

    async def stream(self, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
        """All of them, the oldest first; no session is open while the caller holds one."""
        after = 0
        while True:
            async with self._database.reading() as session:
                query = select(AuditEvent).where(
                    *await _conditions(session, wanted), AuditEvent.number > after
                )
                events = (await session.scalars(query.order_by(AuditEvent.number).limit(_BATCH))).all()
                entries = await _entries(session, events)
            for entry in entries:
                after = entry.number
                yield entry
            if len(entries) < _BATCH:
                return

    async def about(self, user_id: UUID) -> AsyncIterator[AuditEntry]:
        """What a person did, and then what was done to them, each the oldest first. It is not told who others
        are, nor where they were.
        """
        async for entry in self.stream(AuditFilter(actor=user_id)):
            yield entry
        async for entry in self.stream(AuditFilter(object_id=str(user_id))):
            if entry.actor.id != str(user_id):
                yield _of_somebody_else(entry)


async def _conditions(session: AsyncSession, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.action is not None and wanted.action.endswith("*"):
        found.append(AuditEvent.action.startswith(wanted.action[:-1], autoescape=True))
    elif wanted.action is not None:
        found.append(AuditEvent.action == wanted.action)
    if wanted.actor is not None:
        found.append(AuditEvent.actor.in_(await _pseudonyms(session, str(wanted.actor))))
    if wanted.object_id is not None:
        people = await _pseudonyms(session, wanted.object_id)
        found.append(or_(AuditEvent.object_id == wanted.object_id, AuditEvent.object_id.in_(people)))
    if wanted.project_id is not None:
        found.append(AuditEvent.project_id == wanted.project_id)
    if wanted.since is not None:
        found.append(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEvent.at < wanted.until)
    return found


async def _pseudonyms(session: AsyncSession, value: str) -> Sequence[str]:
    people = await session.scalars(
        select(AuditPerson.pseudonym).where(AuditPerson.kind != "address", AuditPerson.value == value)
    )
    return people.all()


async def _entries(session: AsyncSession, events: Sequence[AuditEvent]) -> list[AuditEntry]:
    names = {name for event in events for name in (event.actor, event.origin, event.object_id) if name}
    rows = await session.scalars(select(AuditPerson).where(AuditPerson.pseudonym.in_(names)))
    people = {person.pseudonym: person for person in rows}
    shown = await _shown_names(session, list(people.values()))
    return [_entry(event, people, shown) for event in events]


async def _shown_names(session: AsyncSession, people: Sequence[AuditPerson]) -> dict[str, str]:
    """By the id of a user or a key: what people know it by."""
    users = [UUID(person.value) for person in people if person.kind in PEOPLE]
    keys = [UUID(person.value) for person in people if person.kind == "key"]
    emails = await session.execute(select(User.id, User.email).where(User.id.in_(users)))
    named = await session.execute(select(ApiKey.id, ApiKey.name, ApiKey.prefix).where(ApiKey.id.in_(keys)))
    return {
        **{str(user_id): email or str(user_id) for user_id, email in emails},
        **{str(key_id): f"{name} ({prefix}…)" for key_id, name, prefix in named},
    }


def _entry(event: AuditEvent, people: dict[str, AuditPerson], shown: dict[str, str]) -> AuditEntry:
    origin = people.get(event.origin or "")
    return AuditEntry(
        number=event.number,
        at=event.at,
        actor=_actor(event.actor, people, shown),
        address=origin.value if origin else None,
        action=event.action,
        object_kind=event.object_kind,
        object_id=_object_id(event, people),
        project_id=event.project_id,
        outcome=event.outcome,
        detail=event.detail,
        hash=event.hash,
    )


def _of_somebody_else(entry: AuditEntry) -> AuditEntry:
    kind = entry.actor.kind
    actor = entry.actor if kind in _NAMES else Actor(SOMEBODY_ELSE, kind)
    return replace(entry, actor=actor, address=None)


def _actor(pseudonym: str, people: dict[str, AuditPerson], shown: dict[str, str]) -> Actor:
    if pseudonym in _NAMES:
        return Actor(_NAMES[pseudonym], pseudonym)
    kind = pseudonym.partition("-")[0]
    person = people.get(pseudonym)
    if person is None:
        return Actor(ERASED_PERSON, kind)
    return Actor(shown.get(person.value, person.value), kind, person.value)


def _object_id(event: AuditEvent, people: dict[str, AuditPerson]) -> str | None:
    if event.object_kind not in PEOPLE or event.object_id is None:
        return event.object_id
    person = people.get(event.object_id)
    return person.value if person else ERASED_PERSON
