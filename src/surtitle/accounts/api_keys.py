"""API keys: what programs work in a project with. Shown once, stored as a hash."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import KEY_SCOPES, Permission, Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.authentication import KEY_PREFIX, Authenticator
from surtitle.accounts.names import checked_name
from surtitle.accounts.project_errors import KeyEnded, KeyNotFound, TooManyKeys
from surtitle.accounts.project_rows import locked_project
from surtitle.accounts.secrets import new_token, token_hash
from surtitle.clock import utc_now
from surtitle.db.account_models import ApiKey
from surtitle.db.engine import Database
from surtitle.errors import Invalid
from surtitle.ids import new_id
from surtitle.paging import Page, decode_cursor, encode_cursor

MOST_KEYS = 100
"""How many keys of one project may work at a time."""
MOST_GRACE_SECONDS = 86_400

# 8 of 43 characters: 48 of 256 bits are told, and a person knows the key by them.
_SHOWN_CHARACTERS = len(KEY_PREFIX) + 8


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is handed out: nobody can be told it again."""

    key: str
    row: ApiKey


class ApiKeys:
    """Keys of all projects; every method names the project."""

    def __init__(self, database: Database, audit: AuditTrail, authenticator: Authenticator) -> None:
        self._database = database
        self._audit = audit
        self._authenticator = authenticator

    async def create(
        self,
        by: Principal,
        project_id: UUID,
        name: str,
        *,
        scopes: AbstractSet[Permission],
        expires_at: datetime | None,
        address: str | None,
    ) -> NewKey:
        """A new key. Raises `TooManyKeys`, and `Invalid` for a date that is past or no scope at all."""
        _check(scopes, expires_at)
        made = fresh_key(project_id, checked_name(name), scopes, expires_at, by.user_id)
        async with self._database.writing() as session:
            await locked_project(session, project_id)
            await _require_room(session, project_id)
            session.add(made.row)
            await self._tell(session, "key.created", by, made.row, address)
        return made

    async def page(self, project_id: UUID, cursor: str | None, limit: int) -> Page[ApiKey]:
        """The newest first, those that were revoked too."""
        query = select(ApiKey).where(ApiKey.project_id == project_id)
        if cursor:
            query = query.where(ApiKey.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            found = (await session.scalars(query.order_by(ApiKey.id.desc()).limit(limit + 1))).all()
        shown = found[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(found) > limit else None)

    async def revoke(self, by: Principal, project_id: UUID, key_id: UUID, address: str | None) -> ApiKey:
        """It opens nothing any more; in other processes within `accounts.memory_seconds`.

        One that was revoked before stays so. Raises `KeyNotFound`.
        """
        async with self._database.writing() as session:
            row = await _locked(session, project_id, key_id)
            if row.revoked_at is None:
                row.revoked_at = utc_now()
                await self._tell(session, "key.revoked", by, row, address)
        self._authenticator.forget_key(row.key_hash)
        return row

    async def rotate(
        self, by: Principal, project_id: UUID, key_id: UUID, *, grace_seconds: int, address: str | None
    ) -> NewKey:
        """A new key of the same name, scopes and length of life; the old one works `grace_seconds` more.

        Raises `KeyNotFound`, `KeyEnded`.
        """
        async with self._database.writing() as session:
            old = await _locked(session, project_id, key_id)
            now = utc_now()
            if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
                raise KeyEnded(key_id)
            await _require_room(session, project_id)
            lasts_until = now + (old.expires_at - old.created_at) if old.expires_at else None
            scopes = frozenset(Permission(scope) for scope in old.scopes)
            made = fresh_key(project_id, old.name, scopes, lasts_until, by.user_id)
            session.add(made.row)
            grace_until = now + timedelta(seconds=grace_seconds)
            old.expires_at = min(old.expires_at or grace_until, grace_until)
            await self._tell(session, "key.rotated", by, old, address)
            await self._tell(session, "key.created", by, made.row, address)
        self._authenticator.forget_key(old.key_hash)
        return made

    async def _tell(
        self, session: AsyncSession, action: str, by: Principal, row: ApiKey, address: str | None
    ) -> None:
        detail = {"scopes": row.scopes}
        await self._audit.add(
            session, Deed(action, by, address, "key", row.id, row.project_id, detail=detail)
        )


def fresh_key(
    project_id: UUID,
    name: str,
    scopes: AbstractSet[Permission],
    expires_at: datetime | None,
    made_by: UUID | None,
) -> NewKey:
    """A key of 256 random bits with its row, which is still to be written."""
    key = new_token(KEY_PREFIX)
    row = ApiKey(
        id=new_id(),
        project_id=project_id,
        name=name,
        prefix=key[:_SHOWN_CHARACTERS],
        key_hash=token_hash(key),
        scopes=sorted(scopes),
        created_by=made_by,
        expires_at=expires_at,
        created_at=utc_now(),
    )
    return NewKey(key, row)


def _check(scopes: AbstractSet[Permission], expires_at: datetime | None) -> None:
    if not scopes or not scopes <= KEY_SCOPES:
        raise Invalid(f"A key has at least one of: {', '.join(sorted(KEY_SCOPES))}.", field="scopes")
    if expires_at is not None and expires_at <= utc_now():
        raise Invalid("The date is past. Give a later one, or none for a key that lasts.", field="expires_at")


async def _require_room(session: AsyncSession, project_id: UUID) -> None:
    working = await session.scalar(
        select(func.count())
        .select_from(ApiKey)
        .where(
            ApiKey.project_id == project_id,
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > utc_now()),
        )
    )
    if (working or 0) >= MOST_KEYS:
        raise TooManyKeys(MOST_KEYS)


async def _locked(session: AsyncSession, project_id: UUID, key_id: UUID) -> ApiKey:
    row = await session.scalar(
        select(ApiKey).where(ApiKey.id == key_id, ApiKey.project_id == project_id).with_for_update()
    )
    if row is None:
        raise KeyNotFound(key_id)
    return row
