"""What a room that holds people's things promises about erasing them; `bootstrap` registers the rooms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.errors import Busy

ERASED = "erased"
"""Stands where the name of a person stood."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to go: what a person made, wherever it is, or what is in a project. Work under way is stopped
    first. What goes by its age alone is `accounts.ageing`'s.
    """

    user_id: UUID | None = None
    project_id: UUID | None = None


class Tally(Protocol):
    """Counts what goes, in the transaction in which it goes: a crash counts nothing twice."""

    async def __call__(self, session: AsyncSession, kind: str, count: int = 1) -> None: ...


class Erasable(Protocol):
    """A room's part in erasing. The process may die between any two lines: called again, a method does the
    rest. So files go before the row that names them.
    """

    async def erase(self, scope: Scope, tally: Tally) -> None:
        """Delete what is in `scope`. Raises `StillAtWork` when some of it has to wait; the rest is gone."""
        ...

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        """Take the person's name off what they made."""
        ...

    async def found(self, scope: Scope) -> Mapping[str, int]:
        """How much `erase` would delete, by the kinds that it tells a tally."""
        ...


class StillAtWork(Busy):
    """What is to be erased is being worked on; it was told to stop, and goes when it has."""

    slug = "still-at-work"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is still being worked on. It is erased as soon as that has stopped.")
