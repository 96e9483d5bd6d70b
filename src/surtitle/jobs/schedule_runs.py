"""When the tasks of the whole installation ran last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from surtitle.db.engine import Database
from surtitle.db.job_models import ScheduleRun
from surtitle.db.time import epoch_now


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of a task. Not finished and not `at_work`: it failed, or its process died."""

    name: str
    owner: str
    began_at: datetime
    finished_at: datetime | None
    at_work: bool


class ScheduleRuns:
    """Looks at what schedules wrote down. A task for which there was nothing to do wrote nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self) -> Sequence[LastRun]:
        """Of each task that ran since the rows are kept, by name."""
        query = select(ScheduleRun, ScheduleRun.lease_until_epoch >= epoch_now())
        async with self._database.reading() as session:
            rows = (await session.execute(query.order_by(ScheduleRun.name, ScheduleRun.slot))).all()
        newest = {
            run.name: LastRun(
                run.name, run.owner, run.started_at, run.finished_at, held and run.finished_at is None
            )
            for run, held in rows
        }
        return list(newest.values())
