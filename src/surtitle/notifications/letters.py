"""Rows of the outbox: how one is made, and what is sealed in it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.secrets import Secrets
from surtitle.db.notification_models import OutboxLetter

TOPIC = "outbox"
"""The hub's topic of letters that wait to be sent."""

_PURPOSE = "letter"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a letter says that could not be looked up again. `address` None: that of the row's person."""

    address: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def seal(self, secrets: Secrets) -> str:
        return secrets.seal(_PURPOSE, json.dumps({"address": self.address, "facts": dict(self.facts)}))

    @classmethod
    def opened(cls, secrets: Secrets, payload: str | None) -> "Sealed":
        """Raises `Unavailable` when it was sealed with another secret."""
        if payload is None:
            return cls()
        told = json.loads(secrets.opened(_PURPOSE, payload))
        return cls(told["address"], told["facts"])


def recipient_of(secrets: Secrets, address: str) -> str:
    """Stands for an address: the same for each spelling of it, and nobody can work out the address."""
    return secrets.signature("letter recipient", address.casefold())


def after_commit(session: AsyncSession, call: Callable[[], None]) -> None:
    """Call once the session's transaction is committed; never where it is undone. It must not block."""
    event.listen(session.sync_session, "after_commit", lambda _session: call(), once=True)


def job_letter(kind: str, channel: str, project_id: UUID, job_id: UUID, **whom: UUID) -> OutboxLetter:
    """A letter about a job. It says nothing itself: what there is to say is looked up when it is sent."""
    return OutboxLetter(channel=channel, kind=kind, project_id=project_id, object_id=job_id, **whom)
