"""Which jobs a list shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from surtitle.db.models import Job
from surtitle.domain.jobs import JobState


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows; None leaves a question open. Times are when the job was created."""

    state: JobState | None = None
    states: frozenset[JobState] | None = None
    recipe: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Job.state == self.state)
        if self.states is not None:
            found.append(Job.state.in_(self.states))
        if self.recipe is not None:
            found.append(Job.recipe == self.recipe)
        if self.created_from is not None:
            found.append(Job.created_at >= self.created_from)
        if self.created_before is not None:
            found.append(Job.created_at < self.created_before)
        return found
