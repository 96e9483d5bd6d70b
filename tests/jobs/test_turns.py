import asyncio

from sqlalchemy import update
from tests.jobs.table import JobTable

from surtitle.db.account_models import Project
from surtitle.db.models import PERSONAL_PROJECT, Job
from surtitle.ids import new_id
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim


async def allow(table: JobTable, parallel_jobs: int | None) -> None:
    async with table.database.writing() as session:
        await session.execute(
            update(Project).where(Project.id == PERSONAL_PROJECT).values(parallel_jobs=parallel_jobs)
        )


async def move(table: JobTable, job: Job) -> None:
    """To a project without limits."""
    async with table.database.writing() as session:
        project = Project(id=new_id(), name="other")
        session.add(project)
        await session.execute(update(Job).where(Job.id == job.id).values(project_id=project.id))


async def claims(table: JobTable, workers: int) -> list[Claim]:
    won = await asyncio.gather(*(table.queue.claim(["cpu"], Owner.this_process()) for _ in range(workers)))
    return [claim for claim in won if claim]


async def test_a_project_runs_as_many_jobs_as_it_may_and_others_are_not_held_up(table: JobTable) -> None:
    await allow(table, 2)
    jobs = [await table.add() for _ in range(6)]
    await move(table, jobs[5])
    won = await claims(table, 12)
    assert {claim.job_id for claim in won} == {jobs[0].id, jobs[1].id, jobs[5].id}


async def test_the_next_job_runs_when_one_has_ended(table: JobTable) -> None:
    await allow(table, 1)
    first, second = await table.add(), await table.add()
    (running,) = await claims(table, 3)
    assert running.job_id == first.id
    await table.queue.succeed(running, {})
    assert [claim.job_id for claim in await claims(table, 3)] == [second.id]


async def test_a_job_of_a_lost_worker_gives_its_place_back(table: JobTable) -> None:
    await allow(table, 1)
    await table.add()
    (lost,) = await claims(table, 2)
    await table.expire(lost)
    await table.queue.reap()
    assert [claim.fence for claim in await claims(table, 2)] == [lost.fence + 1]
