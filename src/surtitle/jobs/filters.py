"""Which jobs a list shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from surtitle.db.job_models import Job
from surtitle.db.models import Media, StoredTranscript
from surtitle.domain.jobs import JobState
from surtitle.ids import first_id_at

_APART_SECONDS = 60.0
"""More than a job's id and its `created_at` can be apart. Ids are in the order of their making, so a list
of some days is found by its ids; without them all newer jobs would be gone through.
"""

WHOLE = Job.parent_id.is_(None)
"""A job that somebody asked for: no part of another one."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs a list shows; None leaves a question open. Times are when the job was created."""

    state: JobState | None = None
    states: frozenset[JobState] | None = None
    cancelled_of: str | None = None
    """Of cancelled jobs only those that this surface made."""
    recipe: str | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    named: str | None = None
    """Part of the name of what the job works on, in capitals or not."""

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Job.state == self.state)
        if self.states is not None:
            found.append(Job.state.in_(self.states))
        if self.cancelled_of is not None:
            found.append(or_(Job.state != JobState.CANCELLED, Job.surface == self.cancelled_of))
        if self.recipe is not None:
            found.append(Job.recipe == self.recipe)
        if self.created_from is not None:
            found += [
                Job.created_at >= self.created_from,
                Job.id >= first_id_at(self.created_from, -_APART_SECONDS),
            ]
        if self.created_before is not None:
            found += [
                Job.created_at < self.created_before,
                Job.id < first_id_at(self.created_before, _APART_SECONDS),
            ]
        if self.named:
            found.append(_is_named(self.named))
        return found


def _is_named(part: str) -> ColumnElement[bool]:
    # Correlated: the newest jobs are looked at in turn until a page is full.
    recordings = select(Media.id).where(Media.id == Job.media_id, Media.name.icontains(part, autoescape=True))
    texts = select(StoredTranscript.id).where(
        StoredTranscript.id == Job.transcript_id, StoredTranscript.name.icontains(part, autoescape=True)
    )
    return or_(recordings.exists(), texts.exists(), Job.label.icontains(part, autoescape=True))
