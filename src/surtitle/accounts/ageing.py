"""What a room that holds things promises about their going by age; `bootstrap` registers the rooms."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.domain.keeping import KeepingPlan


@dataclass(frozen=True, slots=True)
class Going:
    """One thing that goes: `kind` as a tally counts it (`recordings`, `jobs`, `files`, `transcripts`)."""

    kind: str
    id: UUID
    name: str
    size_bytes: int = 0


class AgeTally(Protocol):
    """Counts what goes, in the transaction in which it goes: a crash counts nothing twice."""

    async def __call__(
        self, session: AsyncSession, kind: str, count: int = 1, size_bytes: int = 0
    ) -> None: ...


class Ageing(Protocol):
    """A room's part in purging a project. Nothing that work under way needs goes. The process may die between
    any two lines: called again, `clear` does the rest.
    """

    def going(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[Going]:
        """What `clear` would delete. Changes nothing."""
        ...

    async def clear(self, project_id: UUID, plan: KeepingPlan, tally: AgeTally) -> None:
        """Delete what the plan says has had its time."""
        ...
