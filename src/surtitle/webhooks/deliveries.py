"""The rows of deliveries: which is due, whose turn it is, how a try ended."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from surtitle.clock import utc_now
from surtitle.config import WebhookSettings
from surtitle.db.engine import Database
from surtitle.db.time import epoch_now
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.webhooks.events import DeliveryState, WebhookEvent

# What a try needs beside the wait for the answer.
_LEASE_MARGIN_SECONDS = 30.0
_FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this process tries now."""

    delivery_id: UUID
    webhook_id: UUID
    fence: int


def is_due() -> ColumnElement[bool]:
    return (WebhookDelivery.state == DeliveryState.PENDING) & (WebhookDelivery.next_epoch <= epoch_now())


class DueDeliveries:
    """Hands out what is due; of many processes, one gets each."""

    def __init__(self, database: Database, settings: WebhookSettings) -> None:
        self._database = database
        self._settings = settings

    async def any(self) -> bool:
        async with self._database.reading() as session:
            return bool(await session.scalar(select(exists().where(is_due()))))

    async def waits(self, delivery_id: UUID) -> bool:
        """Whether it is still to be told."""
        async with self._database.reading() as session:
            state = select(WebhookDelivery.state).where(WebhookDelivery.id == delivery_id)
            return await session.scalar(state) == DeliveryState.PENDING

    async def claim(self, only: UUID | None = None) -> Claim | None:
        """The one that waits longest, or `only` that one, now ours until its lease ends.

        A webhook whose server is slow holds up its own deliveries, many such webhooks those of their project,
        and none those of others.
        """
        settings, leased = self._settings, _leased()
        chosen = (
            select(WebhookDelivery.id)
            .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
            .where(
                is_due(),
                or_(WebhookDelivery.lease_until_epoch.is_(None), ~leased),
                or_(Webhook.disabled_at.is_(None), WebhookDelivery.event == WebhookEvent.TEST),
                WebhookDelivery.webhook_id.not_in(_busy(WebhookDelivery.webhook_id, settings.of_one_at_once)),
                WebhookDelivery.project_id.not_in(
                    _busy(WebhookDelivery.project_id, settings.of_project_at_once)
                ),
                true() if only is None else WebhookDelivery.id == only,
            )
            .order_by(WebhookDelivery.next_epoch, WebhookDelivery.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=WebhookDelivery)
        )
        async with self._database.writing() as session:
            row = (
                await session.execute(
                    update(WebhookDelivery)
                    .where(WebhookDelivery.id == chosen.scalar_subquery(), is_due())
                    .values(
                        fence=WebhookDelivery.fence + 1,
                        lease_until_epoch=epoch_now() + settings.seconds + _LEASE_MARGIN_SECONDS,
                    )
                    .returning(WebhookDelivery.id, WebhookDelivery.webhook_id, WebhookDelivery.fence)
                    .execution_options(synchronize_session=False)
                )
            ).one_or_none()
        return Claim(row.id, row.webhook_id, row.fence) if row is not None else None

    async def forget(self) -> int:
        """Drop what ended so long ago that it is shown no more; how many."""
        before = utc_now() - timedelta(days=self._settings.keep_days)
        old = WebhookDelivery.finished_at < before
        gone = 0
        while True:
            some = select(WebhookDelivery.id).where(old).limit(_FORGOTTEN_AT_ONCE)
            async with self._database.writing() as session:
                dropped = await session.scalars(
                    delete(WebhookDelivery).where(WebhookDelivery.id.in_(some)).returning(WebhookDelivery.id)
                )
                count = len(dropped.all())
            gone += count
            if count < _FORGOTTEN_AT_ONCE:
                return gone


def _leased() -> ColumnElement[bool]:
    return WebhookDelivery.lease_until_epoch >= epoch_now()


def _busy(whose: InstrumentedAttribute[UUID], most: int) -> Select[UUID]:
    """Webhooks, or projects, to which as many deliveries are under way as may be."""
    under_way = select(whose).where(WebhookDelivery.state == DeliveryState.PENDING, _leased())
    return under_way.group_by(whose).having(func.count() >= most)


async def end_pending(session: AsyncSession, webhook_id: UUID) -> None:
    """Nothing more is told to a webhook that was disabled; what waits for it has failed."""
    await session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook_id,
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.event != WebhookEvent.TEST,
        )
        .values(state=DeliveryState.FAILED, finished_at=utc_now(), lease_until_epoch=None)
        .execution_options(synchronize_session=False)
    )
