import asyncio
from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import update
from tests.jobs.table import JobTable
from tests.servers.both import ON_BOTH

from surtitle.db.account_models import Project
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.domain.jobs import JobState
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim, Failure

pytestmark = ON_BOTH


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
    won = await asyncio.gather(*(table.queue.claim(Offer(), Owner.this_process()) for _ in range(workers)))
    return [claim for claim in won if claim]


async def test_a_project_runs_as_many_jobs_as_it_may_and_others_are_not_held_up(table: JobTable) -> None:
    await allow(table, 2)
    jobs = [await table.add() for _ in range(6)]
    await move(table, jobs[5])
    won = await claims(table, 12)
    assert len(won) == 3
    assert jobs[5].id in {claim.job_id for claim in won}


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


async def another_project(table: JobTable) -> UUID:
    async with table.database.writing() as session:
        project = Project(id=new_id(), name="other")
        session.add(project)
    return project.id


async def add(table: JobTable, project_id: UUID, seconds: float, number: int) -> list[Job]:
    """So many jobs of a project on a recording of its own."""
    async with table.database.writing() as session:
        media = Media(
            project_id=project_id, name="talk", object_key=f"media/{new_id()}", size_bytes=1, sha256="0" * 64,
            content_type="video/mp4", duration_seconds=seconds, probe={},
        )  # fmt: skip
        session.add(media)
    wish = NewJob(project_id, "transcript", media.id)
    return [await table.service.create(wish) for _ in range(number)]


async def in_turn(table: JobTable, number: int) -> list[UUID]:
    """Of which project the next jobs are, when one runs at a time."""
    projects = []
    for _ in range(number):
        claim = await table.claim()
        projects.append((await job_of(table, claim)).project_id)
        await table.queue.succeed(claim, {})
    return projects


async def job_of(table: JobTable, claim: Claim) -> Job:
    async with table.database.reading() as session:
        return await session.get_one(Job, claim.job_id)


async def test_a_project_with_many_jobs_lets_one_with_few_take_its_turn(table: JobTable) -> None:
    few = await another_project(table)
    await add(table, PERSONAL_PROJECT, 60.0, 9)
    await add(table, few, 60.0, 2)
    order = await in_turn(table, 11)
    assert order[:4].count(few) == 2, "each second turn is theirs until they have no more"
    assert order[4:] == [PERSONAL_PROJECT] * 7


async def test_turns_are_of_equal_length_and_not_of_equal_number(table: JobTable) -> None:
    short = await another_project(table)
    await add(table, PERSONAL_PROJECT, 600.0, 4)
    await add(table, short, 60.0, 30)
    served = Counter[UUID]()
    for project_id in await in_turn(table, 25):
        served[project_id] += 60 if project_id == short else 600
        assert abs(served[PERSONAL_PROJECT] - served[short]) <= 660


async def test_a_project_that_was_away_is_owed_nothing(table: JobTable) -> None:
    await add(table, PERSONAL_PROJECT, 60.0, 10)
    await in_turn(table, 6)
    late = await another_project(table)
    await add(table, late, 60.0, 4)
    order = await in_turn(table, 6)
    assert order.count(PERSONAL_PROJECT) >= 2, "the late one does not catch up on what it missed"
    assert late in order[:2]


@pytest.mark.parametrize("end", ["hand_back", "postpone", "lost"])
async def test_a_job_that_goes_back_untried_costs_its_project_no_turn(table: JobTable, end: str) -> None:
    other = await another_project(table)
    await add(table, PERSONAL_PROJECT, 600.0, 1)
    for _ in range(2):
        claim = await table.claim()
        match end:
            case "hand_back":
                await table.queue.hand_back(claim)
            case "postpone":
                await table.queue.postpone(claim, Failure("away", "The store is away.", passing=True))
                await asyncio.sleep(table.settings.away_seconds)
            case _:
                await table.expire(claim)
                await table.queue.reap()
    await add(table, other, 60.0, 2)
    assert PERSONAL_PROJECT in await in_turn(table, 2), "runs that came to nothing are not held against it"


async def test_a_worker_looks_again_when_others_were_quicker_in_all_that_it_saw(table: JobTable) -> None:
    for _ in range(20):
        await move(table, await table.add())
    assert len(await claims(table, 20)) == 20


async def test_within_a_project_the_short_go_first_but_not_past_what_waited_long(table: JobTable) -> None:
    (long,) = await add(table, PERSONAL_PROJECT, 3600.0, 1)
    (short,) = await add(table, PERSONAL_PROJECT, 60.0, 1)
    claim = await table.claim()
    assert claim.job_id == short.id
    await table.queue.hand_back(claim)
    async with table.database.writing() as session:
        # As if it had come an hour earlier.
        await session.execute(update(Job).where(Job.id == long.id).values(due_epoch=Job.due_epoch - 3600.0))
    assert (await table.claim()).job_id == long.id


async def test_a_part_on_another_worker_is_one_more_job_of_its_project(table: JobTable) -> None:
    """The run of the whole hears parts itself meanwhile, so both have a place."""
    await allow(table, 1)
    whole = await table.add()
    await table.claim()
    async with table.database.writing() as session:
        session.add_all(
            Job(
                project_id=PERSONAL_PROJECT, surface="native", recipe="part", options={},
                state=JobState.QUEUED, parent_id=whole.id, part=part,
            )
            for part in (1, 2)
        )  # fmt: skip
    assert await claims(table, 2) == []
    await allow(table, 2)
    assert len(await claims(table, 3)) == 1
