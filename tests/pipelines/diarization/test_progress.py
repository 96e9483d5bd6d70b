import asyncio

from sqlalchemy.exc import OperationalError

from surtitle.ids import new_id
from surtitle.jobs.errors import LeaseLost
from surtitle.pipelines.diarization.progress import ProgressRelay


async def test_progress_goes_on_after_a_hiccup_of_the_database() -> None:
    faults = [OperationalError("UPDATE jobs", {}, OSError("disk I/O error")), LeaseLost(new_id(), 1)]
    told: asyncio.Queue[float] = asyncio.Queue()

    async def write(fraction: float) -> None:
        told.put_nowait(fraction)
        if faults:
            raise faults.pop()

    relay = ProgressRelay(write)
    telling = asyncio.create_task(relay.tell())
    for fraction in (0.1, 0.5, 1.0):
        relay.hear(fraction)
        heard = await asyncio.wait_for(told.get(), timeout=30)
    assert heard == 1.0
    telling.cancel()
    await asyncio.wait([telling])
