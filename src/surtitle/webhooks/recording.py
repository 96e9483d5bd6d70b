"""Events written down for delivery, in the transaction of what they tell of."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.models import Revision, StoredTranscript
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.ids import new_id
from surtitle.jobs.milestones import Milestone
from surtitle.observability.tracing import outgoing_headers
from surtitle.webhooks.events import DeliveryState, WebhookEvent, body_of


class EventRecorder:
    """Listens to jobs and transcripts. `home` is how people reach the server; without, links are paths."""

    def __init__(self, home: str | None) -> None:
        self._home = home or ""

    async def on_milestone(self, session: AsyncSession, milestone: Milestone) -> None:
        """An `OnMilestone`."""
        data = {
            "project_id": milestone.project_id,
            "job_id": milestone.job_id,
            "recipe": milestone.recipe,
            "error_kind": milestone.error_kind,
            "links": {"job": f"{self._home}/api/jobs/{milestone.job_id}"},
        }
        event = WebhookEvent(milestone.kind.value)
        await self._record(session, milestone.project_id, event, milestone.at, data)

    async def on_revised(self, session: AsyncSession, stored: StoredTranscript, revision: Revision) -> None:
        """An `OnRevised`."""
        data = {
            "project_id": stored.project_id,
            "transcript_id": stored.id,
            "revision": revision.number,
            "kind": revision.kind,
            "links": {"transcript": f"{self._home}/api/transcripts/{stored.id}"},
        }
        await self._record(session, stored.project_id, WebhookEvent.TRANSCRIPT_REVISED, utc_now(), data)

    async def _record(
        self,
        session: AsyncSession,
        project_id: UUID,
        event: WebhookEvent,
        at: datetime,
        data: Mapping[str, object],
    ) -> None:
        """Few projects have webhooks, and those have few: it costs the others one look at an index."""
        hooks = await session.execute(
            select(Webhook.id, Webhook.events).where(
                Webhook.project_id == project_id, Webhook.disabled_at.is_(None)
            )
        )
        for webhook_id, events in hooks.all():
            if event in events:
                session.add(fresh_delivery(webhook_id, project_id, event, at, data))


def fresh_delivery(
    webhook_id: UUID, project_id: UUID, event: WebhookEvent, at: datetime, data: Mapping[str, object]
) -> WebhookDelivery:
    """The row of something that is still to be told."""
    return WebhookDelivery(
        id=new_id(),
        webhook_id=webhook_id,
        project_id=project_id,
        event=event,
        body=body_of(event, at, data),
        trace=outgoing_headers(),
        state=DeliveryState.PENDING,
        at=at,
        log=[],
    )
