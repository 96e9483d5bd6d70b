"""Processes on one PostgreSQL and one Redis: what one does, the others hear at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from tests.api.installation import wav
from tests.servers.redis import RedisServer

from surtitle.bootstrap.installation import Installation, opened
from surtitle.config import EngineSettings, HubSettings, JobSettings, Settings
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import JobState
from surtitle.hub import QUEUE
from surtitle.ids import new_id
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.lease import StopReason, keep_lease
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim

# So rarely does anybody look without a hint.
NEVER = 3600.0


@pytest.fixture
async def processes(
    tmp_path: Path, migrated_url: str, redis: RedisServer
) -> AsyncIterator[tuple[Installation, Installation]]:
    """Two, that share no disk but the store's."""
    hub = HubSettings(url=SecretStr(redis.url), prefix=new_id().hex)
    one, other = (
        Settings(
            data_dir=tmp_path / name,
            storage_url=(tmp_path / "store").as_uri(),
            database_url=SecretStr(migrated_url),
            hub=hub,
            jobs=JobSettings(poll_seconds=NEVER, lease_seconds=3 * NEVER, beat_seconds=NEVER),
            engines=EngineSettings(transcriber="dummy"),
            _env_file=None,
        )
        for name in ("one", "other")
    )
    async with opened(one) as here, opened(other) as there:
        async with asyncio.timeout(30):
            while not (here.hub.reaches_others and there.hub.reaches_others):  # noqa: ASYNC110  it has no event
                await asyncio.sleep(0.01)
        yield here, there


async def queued(process: Installation) -> Job:
    async def chunks() -> AsyncIterator[bytes]:
        yield wav()

    media = await process.media.receive(PERSONAL_PROJECT, "talk.wav", chunks(), content_length=None)
    return await process.jobs.create(NewJob(PERSONAL_PROJECT, "transcript", media.id, {}, "test"))


async def claimed(process: Installation) -> Claim:
    claim = await process.queue.claim(Offer(), Owner.this_process())
    assert claim is not None
    return claim


async def test_a_worker_elsewhere_is_woken_and_listeners_elsewhere_hear_the_end(
    processes: tuple[Installation, Installation],
) -> None:
    server, worker = processes
    async with asyncio.timeout(30):
        with worker.hub.listen(QUEUE) as listener:
            await listener.wait(NEVER)  # its own subscription
            job = await queued(server)
            await listener.wait(NEVER)

        async def heard() -> list[int]:
            return [event.number async for event in server.jobs.follow(job.id, 0, drop_slow=True)]

        listening = [asyncio.create_task(heard()) for _ in range(3)]
        claim = await claimed(worker)
        await worker.queue.succeed(claim, {})
        assert await asyncio.gather(*listening) == [[1, 2, 3]] * 3


async def test_a_job_that_runs_elsewhere_is_cancelled_at_once(
    processes: tuple[Installation, Installation],
) -> None:
    server, worker = processes
    job = await queued(server)
    claim = await claimed(worker)
    async with asyncio.timeout(30):
        watch = asyncio.create_task(keep_lease(claim, worker.queue, worker.hub, worker.settings.jobs))
        await asyncio.sleep(0.1)
        await server.jobs.cancel(PERSONAL_PROJECT, job.id)
        assert await watch is StopReason.CANCELLED
    assert (await server.jobs.get(PERSONAL_PROJECT, job.id)).job.state == JobState.RUNNING
