"""All the parts of one installation's queue, with no engine behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import update
from tests.migrated import with_tables

from surtitle.config import JobSettings, Settings
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT, Media
from surtitle.domain.jobs import EventType
from surtitle.hub import LocalHub
from surtitle.jobs.acceptance import Acceptance, NewJob
from surtitle.jobs.events import EventLog
from surtitle.jobs.offer import Offer
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim, JobQueue
from surtitle.jobs.service import JobService
from surtitle.jobs.work import JobWork
from surtitle.jobs.worker import JobWorker, RunJob
from surtitle.storage import ObjectStore, open_store
from surtitle.usage.quotas import Quotas

QUICK = JobSettings(
    lease_seconds=2.0, beat_seconds=0.3, poll_seconds=0.05, retry_delays_seconds=(0.05, 0.05, 0.05),
    max_lost_leases=3, grace_seconds=0.3, away_seconds=0.05,
)  # fmt: skip


@dataclass
class JobTable:
    database: Database
    store: ObjectStore
    hub: LocalHub
    queue: JobQueue
    service: JobService
    media_id: UUID
    scratch: Path
    quotas: Quotas
    settings: JobSettings = field(default_factory=lambda: QUICK)

    async def add(self, **wish: Any) -> Job:
        given = {"recipe": "transcript", "media_id": self.media_id, **wish}
        return await self.service.create(NewJob(PERSONAL_PROJECT, **given))

    async def claim(self) -> Claim:
        claim = await self.queue.claim(Offer(), Owner.this_process())
        assert claim is not None
        return claim

    async def expire(self, claim: Claim) -> None:
        """Let the lease run out as if a minute had passed."""
        async with self.database.writing() as session:
            await session.execute(update(Job).where(Job.id == claim.job_id).values(lease_until_epoch=0.0))

    async def job(self, job_id: UUID) -> Job:
        return (await self.service.get(PERSONAL_PROJECT, job_id)).job

    async def events(self, job_id: UUID) -> list[tuple[EventType, dict[str, Any]]]:
        past = await EventLog(self.database).since(job_id, 0)
        return [(event.type, event.data) for event in past.events]

    async def work(self, claim: Claim) -> JobWork:
        async with self.database.reading() as session:
            job = await session.get_one(Job, claim.job_id)
        return JobWork(
            claim,
            job,
            None,
            database=self.database,
            store=self.store,
            hub=self.hub,
            settings=self.settings,
            quotas=self.quotas,
            scratch=self.scratch / "run",
        )

    def worker(self, run: RunJob) -> JobWorker:
        return JobWorker(
            database=self.database,
            store=self.store,
            hub=self.hub,
            queue=self.queue,
            settings=self.settings,
            quotas=self.quotas,
            scratch=self.scratch,
            run=run,
        )


@asynccontextmanager
async def opened_table(folder: Path, **groups: Any) -> AsyncIterator[JobTable]:
    """A job table with a recording of a minute; `groups` are settings."""
    settings = Settings(data_dir=folder, jobs=QUICK, **groups)
    database = Database(settings.effective_database_url)
    await with_tables(database)
    store, hub = open_store(settings), LocalHub()
    async with database.writing() as session:
        media = Media(
            project_id=PERSONAL_PROJECT, name="talk.mp4", object_key="media/talk", size_bytes=1,
            sha256="0" * 64, content_type="video/mp4", duration_seconds=60.0, probe={},
        )  # fmt: skip
        session.add(media)
    quotas = Quotas(settings)
    yield JobTable(
        database,
        store,
        hub,
        JobQueue(database, hub, QUICK),
        JobService(database, store, hub, Acceptance(lambda *_: None, quotas)),
        media.id,
        folder / "scratch",
        quotas,
    )
    await database.close()
