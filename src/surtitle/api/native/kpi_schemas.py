"""The JSON documents of daily figures."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from surtitle.api.native.schemas import Document
from surtitle.db.kpi_models import KpiDay
from surtitle.paging import Page

_NONE_SUCCEEDED = "Null on a day when no job succeeded."


class KpiLine(BaseModel):
    """What a project did on a day. docs/user/kpis.md says how each figure is counted."""

    model_config = ConfigDict(from_attributes=True)

    day: date
    project_id: UUID
    time_zone: str = Field(description="Where the day begins and ends at midnight.")
    jobs_created: int
    jobs_succeeded: int
    jobs_failed: int
    jobs_cancelled: int
    success_rate: float | None = Field(
        description="Of the jobs that succeeded or failed. Null when there were none."
    )
    duration_mean_seconds: float | None = Field(
        description=f"The work on jobs that succeeded. {_NONE_SUCCEEDED}"
    )
    duration_median_seconds: float | None
    duration_p95_seconds: float | None
    wait_mean_seconds: float | None = Field(
        description="From the queue to a worker, of jobs that succeeded or failed. Null when nobody can tell."
    )
    wait_median_seconds: float | None
    wait_p95_seconds: float | None
    real_time_factor: float | None = Field(
        description=f"Work over the length of the recordings; below 1 is faster than they last. "
        f"{_NONE_SUCCEEDED}"
    )
    minutes_in: float = Field(description="The recordings of the jobs that were created.")
    films_out: int
    credits: float = Field(description="Taken by jobs, less what they gave back.")
    active_people: int = Field(description="Who created jobs; keys are no people.")
    storage_bytes: int = Field(description="Kept at the end of the day.")
    computed_at: datetime


class KpiPage(Document):
    """Lines of days and projects, the oldest day first."""

    items: list[KpiLine]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[KpiDay]) -> "KpiPage":
        return cls(items=[KpiLine.model_validate(row) for row in page.items], next_cursor=page.next_cursor)
