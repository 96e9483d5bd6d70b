"""Where figures come from: each source of `figures.SHAPES` as a query over the product's tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from surtitle.db.account_models import CreditEntry, UsageEntry
from surtitle.db.kpi_models import KpiEvent
from surtitle.usage.kinds import UsageKind, UsageState
from surtitle.usage.periods import Period

_POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows, and the column that says when each of them happened."""

    rows: Select[*tuple[Any, ...]]
    moment: InstrumentedAttribute[datetime]

    def within(self, period: Period) -> Select[*tuple[Any, ...]]:
        """Those of `period`."""
        return self.rows.where(self.moment >= period.start, self.moment < period.end)

    def as_postgresql(self, period: Period) -> str:
        """The same as text for PostgreSQL, with the values in it: they are all our own."""
        compiled = self.within(period).compile(dialect=_POSTGRESQL, compile_kwargs={"literal_binds": True})
        return str(compiled)


SOURCES: Mapping[str, Source] = {
    "kpi_events": Source(
        select(
            KpiEvent.project_id,
            KpiEvent.happened_at,
            KpiEvent.kind,
            KpiEvent.recipe,
            KpiEvent.user_id,
            KpiEvent.wait_ms,
            KpiEvent.processing_ms,
            KpiEvent.media_ms,
        ),
        KpiEvent.happened_at,
    ),
    # What jobs took and were given back; a grant is no use of credits.
    "kpi_credits": Source(
        select(
            CreditEntry.project_id,
            CreditEntry.created_at.label("happened_at"),
            (-CreditEntry.amount).label("amount"),
        ).where(CreditEntry.job_id.is_not(None)),
        CreditEntry.created_at,
    ),
    # Told once a day, at its beginning, by `usage.storage`.
    "kpi_storage": Source(
        select(
            UsageEntry.project_id,
            UsageEntry.created_at.label("happened_at"),
            UsageEntry.amount.label("amount"),
        ).where(UsageEntry.kind == UsageKind.STORAGE_BYTE_DAYS, UsageEntry.state == UsageState.SETTLED),
        UsageEntry.created_at,
    ),
}


def span(days: Mapping[date, Period]) -> Period:
    """From the beginning of the first of `days` to the end of the last."""
    return Period(min(period.start for period in days.values()), max(period.end for period in days.values()))
