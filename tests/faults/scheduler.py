"""One scheduler as a process: `python scheduler.py URL FILE` writes a line for each slot that it runs."""

import asyncio
import os
import sys
from pathlib import Path

from surtitle.config import JobSettings
from surtitle.db.engine import Database
from surtitle.jobs.schedules import Schedule, Schedules

EVERY_SECONDS = 0.5
TASK_SECONDS = 0.1
SETTINGS = JobSettings(lease_seconds=1.5, beat_seconds=0.3)


async def main(url: str, lines: Path) -> None:
    async def task() -> None:
        with lines.open("a") as file:
            file.write(f"{os.getpid()}\n")
        await asyncio.sleep(TASK_SECONDS)

    schedules = Schedules(Database(url), SETTINGS, [Schedule("count", EVERY_SECONDS, task)])
    while True:
        await schedules.run_due()
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
