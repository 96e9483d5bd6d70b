"""An installation's outbox with a person, a project and jobs, and a mail server that keeps what comes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from tests.migrated import with_tables
from tests.notifications.postbox import Postbox, mail_settings, open_postbox

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.secrets import Secrets, open_secrets
from surtitle.config import ServerSettings, Settings
from surtitle.db.account_models import Membership, Profile, Project, User
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.db.notification_models import OutboxLetter
from surtitle.hub import LocalHub
from surtitle.ids import new_id
from surtitle.jobs.milestones import JobMilestone, Milestones
from surtitle.notifications.parts import NotificationParts, open_notifications
from surtitle.notifications.post import OutboxPost
from surtitle.outgoing.guard import Guard
from surtitle.outgoing.resolving import Resolver
from surtitle.usage.quotas import Quotas

EMAIL = "ada@example.org"


@dataclass
class Desk:
    settings: Settings
    database: Database
    secrets: Secrets
    hub: LocalHub
    parts: NotificationParts
    post: OutboxPost
    box: Postbox
    user_id: UUID
    project_id: UUID

    async def job(self, name: str = "talk.mp4", **more: Any) -> UUID:
        """A job of the person, on a recording called `name`."""
        media = Media(
            id=new_id(), project_id=self.project_id, name=name, object_key=f"media/{new_id()}", size_bytes=1,
            sha256="0" * 64, content_type="video/mp4", duration_seconds=60.0, probe={},
        )  # fmt: skip
        values: dict[str, Any] = {
            "state": "queued",
            "queue": "cpu",
            "recipe": "transcript",
            "options": {},
            "surface": "native",
        }
        values |= {"created_by": self.user_id, "media_id": media.id, "project_id": self.project_id}
        job = Job(id=new_id(), **(values | more))
        async with self.database.writing() as session:
            session.add(media)
            await session.flush()
            session.add(job)
        return job.id

    async def tell(self, kind: JobMilestone = JobMilestone.JOB_SUCCEEDED, times: int = 1, **job: Any) -> UUID:
        """That so many jobs have come so far, each in a transaction of its own."""
        for _ in range(times):
            job_id = await self.job(**job)
            async with self.database.writing() as session:
                await Milestones([self.parts.job_news])._reached(session, job_id, kind)
        return job_id

    async def send(self) -> int:
        return await self.parts.sender.send_due()

    async def rows(self) -> Sequence[OutboxLetter]:
        async with self.database.reading() as session:
            return (await session.scalars(select(OutboxLetter).order_by(OutboxLetter.id))).all()

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    async def set(self, **values: Any) -> None:
        """Change all letters, as if time had passed or a process had died."""
        async with self.database.writing() as session:
            await session.execute(update(OutboxLetter).values(**values))


@asynccontextmanager
async def opened_desk(
    folder: Path,
    database_url: str | None = None,
    *,
    language: str = "en",
    resolver: Resolver | None = None,
    **groups: Any,
) -> AsyncIterator[Desk]:
    """`groups` are settings; `mail` holds those beside the server's. `resolver` looks channels' hosts up."""
    with open_postbox() as (box, port):
        mail = mail_settings(port, **groups.pop("mail", {}))
        server = ServerSettings(auth="required", public_url="https://films.example")
        given = {"server": server, "database_url": database_url, "mail": mail, **groups}
        settings = Settings(data_dir=folder, _env_file=None, **given)
        database = Database(settings.effective_database_url)
        await with_tables(database)
        yield await _desk(settings, database, box, language, Guard(settings.outgoing, resolver))
        await database.close()


async def _desk(settings: Settings, database: Database, box: Postbox, language: str, guard: Guard) -> Desk:
    user = User(id=new_id(), email=EMAIL, email_key=EMAIL)
    project = Project(id=new_id(), name="Films")
    async with database.writing() as session:
        session.add_all([user, project])
        await session.flush()
        session.add(Membership(project_id=project.id, user_id=user.id, role="owner"))
        session.add(
            Profile(user_id=user.id, name="x", language=language, time_zone="Europe/Madrid", is_default=True)
        )
    secrets, hub = open_secrets(settings), LocalHub()
    parts = open_notifications(
        settings,
        database,
        hub,
        secrets=secrets,
        audit=AuditTrail(database, secrets),
        quotas=Quotas(settings),
        guard=guard,
    )
    post = OutboxPost(settings, secrets, hub)
    return Desk(settings, database, secrets, hub, parts, post, box, user.id, project.id)
