"""Everything that the installation holds of a person, as a zip that is made while it is sent."""

import csv
import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from surtitle.accounts.audit_reading import AuditReading
from surtitle.accounts.errors import UserNotFound
from surtitle.accounts.zip_stream import ZipStream
from surtitle.db.account_models import (
    ApiKey,
    Identity,
    Membership,
    Profile,
    Project,
    Session,
    UsageEntry,
    User,
)
from surtitle.db.engine import Database
from surtitle.errors import NotFound

_BATCH = 500
_UNKNOWN_SIZE = 0

# Named one by one: what proves who somebody is (hashes, seals) must not get in by being added to a table.
_OF_ACCOUNT = (
    "id", "email", "role", "state", "default_project_id", "totp_confirmed_at", "created_at", "last_login_at",
)  # fmt: skip
_OF_LISTS: dict[str, tuple[type[DeclarativeBase], tuple[str, ...]]] = {
    "profiles": (
        Profile,
        ("id", "name", "language", "time_zone", "default_options", "is_default", "created_at"),
    ),
    "identities": (Identity, ("issuer", "subject", "created_at")),
    "sessions": (
        Session,
        (
            "id", "kind", "address", "user_agent", "created_at", "last_used_at", "expires_at", "ended_at",
            "ended_why",
        ),
    ),
}  # fmt: skip
_OF_KEYS = (
    "id", "project_id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at",
)  # fmt: skip
_OF_USAGE = ("created_at", "project_id", "job_id", "kind", "amount", "state")

README = """This is everything that Surtitle holds of you. Of projects that you have left it is
what you brought and wrote there: no results, and texts as you last wrote them.

account.json       your account and your profiles, sign-ins and sessions
projects.json      the projects that you work in, and your part in each
keys.json          keys that you made, without the keys themselves
usage.csv          what your work used
audit.jsonl        what you did and what was done to you, one JSON document a line
recordings/        each recording that you brought in, and a JSON document beside it
transcripts/       the text of each of your transcripts, as JSON and as plain text
jobs/              for each of your jobs a folder with its document and its files
missing.txt        only if something was gone by the time that its turn came

Times are UTC. Names begin with ids, so that no two are the same.
"""


@dataclasses.dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file of an export. `open` gives its bytes, and may raise `NotFound` at the first."""

    name: str
    made_at: datetime
    size_bytes: int
    packed: bool
    open: Callable[[], AsyncIterator[bytes]]


class Exportable(Protocol):
    """A room's part in an export."""

    def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        """What the person made, in an order that stays the same. No session is open in between."""
        ...


class PersonalExport:
    """Makes the zip of one person after another."""

    def __init__(self, database: Database, reading: AuditReading, exportables: Sequence[Exportable]) -> None:
        self._database = database
        self._reading = reading
        self._exportables = exportables

    async def begin(self, user_id: UUID) -> AsyncIterator[bytes]:
        """The zip, piece by piece. Raises `UserNotFound` at once, not in the middle."""
        async with self._database.reading() as session:
            user = await session.get(User, user_id)
        if user is None:
            raise UserNotFound(user_id)
        return self._pieces(user)

    async def _pieces(self, user: User) -> AsyncIterator[bytes]:
        zipped, missing = ZipStream(), list[str]()
        async for file in self._files(user):
            try:
                pieces = await _begun(file.open())
            except NotFound:
                missing.append(file.name)
                continue
            added = zipped.file(
                file.name, file.made_at, pieces, size_bytes=file.size_bytes, packed=file.packed
            )
            async with aclosing(added) as sent:  # type: ignore[type-var]
                async for piece in sent:
                    yield piece
        if missing:
            note = text_file("missing.txt", user.created_at, "".join(f"{name}\n" for name in missing))
            async for piece in zipped.file(
                note.name, note.made_at, note.open(), size_bytes=note.size_bytes, packed=True
            ):
                yield piece
        yield zipped.end()

    async def _files(self, user: User) -> AsyncIterator[ExportedFile]:
        made_at = user.created_at
        yield text_file("README.txt", made_at, README)
        yield json_file("account.json", made_at, await self._account(user))
        yield json_file("projects.json", made_at, await self._projects(user.id))
        yield json_file("keys.json", made_at, await self._keys(user.id))
        yield ExportedFile("usage.csv", made_at, _UNKNOWN_SIZE, True, lambda: self._usage(user.id))
        yield ExportedFile("audit.jsonl", made_at, _UNKNOWN_SIZE, True, lambda: self._audit(user.id))
        for exportable in self._exportables:
            async for file in exportable.files(user.id):
                yield file

    async def _account(self, user: User) -> dict[str, Any]:
        document = columns(user, _OF_ACCOUNT)
        async with self._database.reading() as session:
            for name, (table, shown) in _OF_LISTS.items():
                rows = await session.scalars(_of_person(table, user.id))
                document[name] = [columns(row, shown) for row in rows]
        return document

    async def _projects(self, user_id: UUID) -> list[dict[str, Any]]:
        async with self._database.reading() as session:
            rows = await session.execute(
                select(Project, Membership)
                .join(Membership, Membership.project_id == Project.id)
                .where(Membership.user_id == user_id)
                .order_by(Project.id)
            )
            return [
                {
                    **columns(project, ("id", "name", "created_at", "archived_at", "retention_days")),
                    "role": membership.role,
                    "member_since": membership.created_at,
                }
                for project, membership in rows
            ]

    async def _keys(self, user_id: UUID) -> list[dict[str, Any]]:
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(ApiKey).where(ApiKey.created_by == user_id).order_by(ApiKey.id)
            )
            return [columns(row, _OF_KEYS) for row in rows]

    async def _usage(self, user_id: UUID) -> AsyncIterator[bytes]:
        yield csv_line(_OF_USAGE)
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(UsageEntry).where(UsageEntry.user_id == user_id, UsageEntry.id > after)
                rows = (await session.scalars(query.order_by(UsageEntry.id).limit(_BATCH))).all()
            yield b"".join(csv_line(columns(row, _OF_USAGE).values()) for row in rows)
            if len(rows) < _BATCH:
                return
            after = rows[-1].id

    async def _audit(self, user_id: UUID) -> AsyncIterator[bytes]:
        async for entry in self._reading.about(user_id):
            yield json_bytes(dataclasses.asdict(entry), indent=None)


def text_file(name: str, made_at: datetime, text: str) -> ExportedFile:
    """A short text as a file."""
    return bytes_file(name, made_at, text.encode())


def json_file(name: str, made_at: datetime, document: object) -> ExportedFile:
    """A small document as a file."""
    return bytes_file(name, made_at, json_bytes(document))


def bytes_file(name: str, made_at: datetime, data: bytes) -> ExportedFile:
    async def pieces() -> AsyncIterator[bytes]:
        yield data

    return ExportedFile(name, made_at, len(data), True, pieces)


def json_bytes(document: object, indent: int | None = 2) -> bytes:
    """JSON that also carries what a client sent and UTF-8 cannot; times and ids as text."""
    return (json.dumps(document, default=_as_text, indent=indent) + "\n").encode()


def csv_line(cells: Sequence[object] | Any) -> bytes:
    """One line of CSV (RFC 4180). No cell can be a formula to a spreadsheet that opens the file."""
    line = _Line()
    csv.writer(line).writerow([_cell(cell) for cell in cells])
    return line.text.encode(errors="replace")


def columns(row: DeclarativeBase, names: Sequence[str]) -> dict[str, Any]:
    """These columns of a row, as a document."""
    return {name: getattr(row, name) for name in names}


class _Line:
    text = ""

    def write(self, text: str) -> None:
        self.text += text


def _cell(value: object) -> str:
    text = "" if value is None else _as_text(value)
    # OWASP, "CSV Injection": these characters begin a formula.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _is_number(value) else text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _of_person(table: type[DeclarativeBase], user_id: UUID) -> Select[Any]:
    columns_of = table.__table__.columns
    return select(table).where(columns_of["user_id"] == user_id).order_by(columns_of["created_at"])


async def projects_of(session: AsyncSession, user_id: UUID) -> frozenset[UUID]:
    """Those in which the person works. What others write in any other is not theirs to take along."""
    joined = await session.scalars(select(Membership.project_id).where(Membership.user_id == user_id))
    return frozenset(joined)


async def _begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first already there: a file that is gone is told before its name is written."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()
