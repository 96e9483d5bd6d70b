"""Requests under an `Idempotency-Key`: what the first one made is the answer to its repeats."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.models import IdempotencyKey
from surtitle.errors import Invalid


class KeyReused(Invalid):
    slug = "idempotency-mismatch"

    def __init__(self, key: str) -> None:
        super().__init__(
            f"The Idempotency-Key {key[:60]!r} was used before for a different request, file or name. "
            "Use a new key for each new request, and the same key only to repeat one."
        )


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may come again under its key, which stands for nothing else in its scope.

    `digest`: SHA-256 in hexadecimal of all that is asked for, by which another request is known.
    """

    project_id: UUID
    scope: str
    key: str
    digest: str

    async def made(self, session: AsyncSession) -> UUID | None:
        """The id of what the first request made, None if this is the first. Raises `KeyReused`."""
        known = await session.get(IdempotencyKey, (self.project_id, self.scope, self.key))
        if known is None:
            return None
        if known.request_hash != self.digest:
            raise KeyReused(self.key)
        return known.object_id

    def remember(self, session: AsyncSession, object_id: UUID) -> None:
        """From the end of this transaction on, repeats get the object."""
        session.add(
            IdempotencyKey(
                project_id=self.project_id,
                scope=self.scope,
                key=self.key,
                request_hash=self.digest,
                object_id=object_id,
            )
        )
