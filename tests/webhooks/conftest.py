"""Webhooks over a real database, told to a real server on loopback."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.fakes.web_server import Received, WebServer, response, web_server

from surtitle.accounts.access import OWNER_OF_MACHINE
from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.config import OutgoingSettings, WebhookSettings
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.ids import new_id
from surtitle.jobs.milestones import JobMilestone, Milestone
from surtitle.outgoing.client import Outgoing
from surtitle.webhooks.delivering import Deliverer
from surtitle.webhooks.events import WebhookEvent
from surtitle.webhooks.recording import EventRecorder
from surtitle.webhooks.service import NewSecret, Webhooks, WebhookWish

QUICK = WebhookSettings(
    seconds=1.0, retry_delays_seconds=(5.0, 30.0), disable_after_seconds=3600.0, disable_after_failures=2,
    most_of_project=5, of_one_at_once=2, of_project_at_once=3, poll_seconds=0.02,
)  # fmt: skip


@dataclass
class Hooks:
    """All the parts, and the server that is told."""

    database: Database
    service: Webhooks
    deliverer: Deliverer
    recorder: EventRecorder
    server: WebServer
    told_disabled: list[str]

    async def make(self, *events: WebhookEvent, path: str = "/hook") -> NewSecret:
        chosen = events or (WebhookEvent.JOB_SUCCEEDED,)
        wish = WebhookWish("Archive", f"{self.server.url}{path}", chosen)
        return await self.service.create(OWNER_OF_MACHINE, PERSONAL_PROJECT, wish, None)

    async def reach(
        self, kind: JobMilestone = JobMilestone.JOB_SUCCEEDED, project: UUID = PERSONAL_PROJECT
    ) -> UUID:
        """Let a job come so far; its id."""
        job_id = new_id()
        milestone = Milestone(job_id, project, kind, "transcript", utc_now(), owner_id=None)
        async with self.database.writing() as session:
            await self.recorder.on_milestone(session, milestone)
        return job_id

    async def deliveries(self) -> list[WebhookDelivery]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)))

    async def only(self) -> WebhookDelivery:
        (delivery,) = await self.deliveries()
        return delivery

    async def webhook(self, webhook_id: UUID) -> Webhook:
        return await self.service.get(PERSONAL_PROJECT, webhook_id)

    async def wait_over(self) -> None:
        """As if the wait for the next try had passed."""
        async with self.database.writing() as session:
            await session.execute(update(WebhookDelivery).values(next_epoch=0.0))

    async def has_failed_since(self, ago: timedelta) -> None:
        async with self.database.writing() as session:
            await session.execute(update(Webhook).values(failing_since=utc_now() - ago))

    def received(self) -> list[Received]:
        return self.server.received


@pytest.fixture
async def hooks(database: Database) -> AsyncIterator[Hooks]:
    secrets = Secrets(b"s" * 32)
    outgoing = Outgoing(OutgoingSettings(allow_private=["127.0.0.1/32"], ports=[], idle_seconds=5.0))
    told: list[str] = []

    async def tell_disabled(_session: Any, webhook: Webhook) -> None:
        told.append(f"{webhook.name}: {webhook.disabled_why}")

    async with web_server() as server:
        server.replies["*"] = response(204)
        yield Hooks(
            database,
            Webhooks(database, secrets, AuditTrail(database, secrets), outgoing, QUICK),
            Deliverer(database, secrets, outgoing, QUICK, tell_disabled),
            EventRecorder("https://surtitle.example"),
            server,
            told,
        )
    await outgoing.close()
