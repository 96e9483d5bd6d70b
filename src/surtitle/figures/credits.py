"""What jobs were charged of late."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from surtitle.clock import utc_now
from surtitle.db.account_models import CreditEntry
from surtitle.db.engine import Database
from surtitle.ids import first_id_at
from surtitle.observability.metrics import Sample

_A_DAY = timedelta(days=1)


class CreditFigures:
    """Over all projects. What a job gave back again in that time is taken off."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Sequence[Sample]:
        # Ids are in the order of their making, and unlike the times alone they have an index.
        since = first_id_at(utc_now() - _A_DAY)
        async with self._database.reading() as session:
            moved = await session.scalar(
                select(func.sum(CreditEntry.amount)).where(
                    CreditEntry.id >= since, CreditEntry.job_id.is_not(None)
                )
            )
        return [Sample("surtitle_credits_charged_last_day", (), max(0.0, -(moved or 0.0)))]
