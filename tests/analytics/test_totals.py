"""Days added up over projects, and projects over days."""

from datetime import date
from uuid import UUID

from surtitle.analytics.totals import totals_of
from surtitle.db.kpi_models import KpiDay

ONE, OTHER = UUID(int=1), UUID(int=2)


def day(number: int, project: UUID, succeeded: int, failed: int, *, took: float | None) -> KpiDay:
    return KpiDay(
        day=date(2026, 1, number), project_id=project, jobs_created=succeeded + failed,
        jobs_succeeded=succeeded, jobs_failed=failed, jobs_cancelled=0, minutes_in=1.5, films_out=0,
        credits=2.0, storage_bytes=100, duration_mean_seconds=took, wait_mean_seconds=took,
    )  # fmt: skip


def test_means_count_each_job_once() -> None:
    totals = totals_of(
        [day(1, ONE, 3, 1, took=10.0), day(1, OTHER, 1, 0, took=30.0), day(2, ONE, 0, 0, took=None)]
    )
    assert (totals.whole.succeeded, totals.whole.failed) == (4, 1)
    assert totals.whole.success_rate == 0.8
    assert totals.whole.worked_seconds == 15.0
    assert totals.whole.waited_seconds == 14.0
    assert list(totals.days) == [date(2026, 1, 1), date(2026, 1, 2)]
    assert totals.days[date(2026, 1, 1)].storage_bytes == 200
    assert totals.days[date(2026, 1, 2)].success_rate is None
    assert totals.projects[ONE].created == 4
