"""The scheduler process: the schedules of an installation, and nothing else."""

import asyncio
from collections.abc import Sequence

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.jobs.schedules import Schedule, Schedules
from surtitle.observability.metrics import ScheduleMetrics


async def look_after(
    schedules: Sequence[Schedule],
    database: Database,
    settings: JobSettings,
    stop: asyncio.Event,
    metrics: ScheduleMetrics | None = None,
) -> None:
    """Run what is due until `stop` is set. What runs then has the grace period; after it another process may
    go on with it.

    Each schedule is looked after by itself, so that one that takes an hour holds up no other. An error that
    nobody foresaw ends all of it.
    """
    async with asyncio.TaskGroup() as group:
        hands = [
            group.create_task(Schedules(database, settings, [schedule], metrics).run(stop))
            for schedule in schedules
        ]
        await stop.wait()
        _, late = await asyncio.wait(hands, timeout=settings.grace_seconds)
        for hand in late:
            hand.cancel()
