from tests.jobs.table import JobTable

from surtitle.domain.jobs import JobState
from surtitle.jobs.clearing import cancel_waiting


async def test_emptying_the_queues_cancels_what_waits_and_nothing_else(table: JobTable) -> None:
    running, first, second = await table.add(), await table.add(), await table.add()
    claim = await table.claim()
    assert claim.job_id == running.id
    assert await cancel_waiting(table.database, table.service, "gpu") == 0
    assert await cancel_waiting(table.database, table.service) == 2
    assert [(await table.job(job.id)).state for job in (running, first, second)] == [
        JobState.RUNNING, JobState.CANCELLED, JobState.CANCELLED,
    ]  # fmt: skip
    assert not (await table.job(running.id)).cancel_requested
