"""What this room asks of whoever carries its letters; `bootstrap` hands that in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


class LetterKind(StrEnum):
    """What people are written about their accounts. Nobody can do without these."""

    RESET = "reset"
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of a letter
    CONFIRM_EMAIL = "confirm_email"
    EMAIL_CHANGED = "email_changed"
    INVITATION = "invitation"
    KNOWN_ALREADY = "known_already"
    ERASURE_REPORT = "erasure_report"
    WEBHOOK_DISABLED = "webhook_disabled"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is told. `facts` may be secret (a link) and are plain JSON; the words are the carrier's."""

    kind: LetterKind
    facts: Mapping[str, Any] = field(default_factory=dict)
    useful_for: timedelta | None = None
    """Later than this it need not be sent: what it tells of has passed. None: it always is of use."""
    about: UUID | None = None
    """What it hands somebody (an invitation): when that is gone before the letter went, so is the letter."""


@dataclass(frozen=True, slots=True)
class To:
    """Whom a letter is for: an address, and the account that it belongs to, if it has one."""

    address: str
    user_id: UUID | None = None
    language_of: UUID | None = None
    """Whose language it is written in; by default that of `user_id`."""


class Post(Protocol):
    """Takes letters in the caller's transaction, and sends each once that is committed."""

    async def put(self, session: AsyncSession, letter: Letter, to: To) -> None:
        """Never fails for the sake of the mail: whether it can be sent is seen later."""
        ...
