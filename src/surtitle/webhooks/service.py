"""What every surface may ask about a project's webhooks: make, change, test, look at, send again."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypedDict
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.names import checked_name
from surtitle.accounts.project_rows import locked_project
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.config import WebhookSettings
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.db.time import epoch_now
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.errors import Invalid
from surtitle.ids import new_id
from surtitle.outgoing.client import Outgoing
from surtitle.outgoing.errors import TargetAway
from surtitle.paging import Page, decode_cursor, encode_cursor
from surtitle.webhooks.deliveries import end_pending
from surtitle.webhooks.delivering import SEALED_AS
from surtitle.webhooks.errors import (
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookNotFound,
)
from surtitle.webhooks.events import CHOSEN, DeliveryState, WebhookEvent
from surtitle.webhooks.recording import fresh_delivery
from surtitle.webhooks.signing import new_secret

MOST_GRACE_SECONDS = 7 * 86_400

_BY_A_PERSON = "person"


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook with its secret as it is handed out: nobody can be told it again."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookWish:
    """A webhook that somebody wants."""

    name: str
    url: str
    events: Collection[WebhookEvent]


class WebhookChanges(TypedDict, total=False):
    """What is to be different."""

    name: str
    url: str
    events: Collection[WebhookEvent]
    enabled: bool


class Webhooks:
    """Webhooks of all projects; every method names the project."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        audit: AuditTrail,
        outgoing: Outgoing,
        settings: WebhookSettings,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._audit = audit
        self._outgoing = outgoing
        self._settings = settings

    async def create(
        self, by: Principal, project_id: UUID, wish: WebhookWish, address: str | None
    ) -> NewSecret:
        """A new webhook. Raises `TooManyWebhooks`, `TargetRefused`, and `Invalid` for no event at all."""
        await self._require_fit(wish.url)
        secret = new_secret()
        webhook = Webhook(
            id=new_id(),
            project_id=project_id,
            created_by=by.user_id,
            name=checked_name(wish.name),
            url=wish.url,
            events=_chosen(wish.events),
            secret_sealed=self._secrets.seal(SEALED_AS, secret),
            failures=0,
        )
        async with self._database.writing() as session:
            await locked_project(session, project_id)
            await self._require_room(session, project_id)
            session.add(webhook)
            await self._tell(session, "webhook.created", by, webhook, address)
        return NewSecret(webhook, secret)

    async def list(self, project_id: UUID) -> Sequence[Webhook]:
        """All of the project's, the newest first."""
        async with self._database.reading() as session:
            found = select(Webhook).where(Webhook.project_id == project_id).order_by(Webhook.id.desc())
            return (await session.scalars(found)).all()

    async def everybodys(self) -> Sequence[tuple[Webhook, str]]:
        """Those of all projects, the newest first, each with its project's name: for who has the machine."""
        found = select(Webhook, Project.name).join(Project, Project.id == Webhook.project_id)
        async with self._database.reading() as session:
            rows = await session.execute(found.order_by(Webhook.id.desc()))
            return [(webhook, project) for webhook, project in rows]

    async def get(self, project_id: UUID, webhook_id: UUID) -> Webhook:
        """Raises `WebhookNotFound`."""
        async with self._database.reading() as session:
            return await _found(session, project_id, webhook_id)

    async def change(
        self, by: Principal, project_id: UUID, webhook_id: UUID, changes: WebhookChanges, address: str | None
    ) -> Webhook:
        """Raises `WebhookNotFound`, and what `create` raises. One that is enabled begins anew."""
        if "url" in changes:
            await self._require_fit(changes["url"])
        async with self._database.writing() as session:
            webhook = await _found(session, project_id, webhook_id, to_change=True)
            if "name" in changes:
                webhook.name = checked_name(changes["name"])
            if "url" in changes:
                webhook.url = changes["url"]
            if "events" in changes:
                webhook.events = _chosen(changes["events"])
            if "enabled" in changes:
                await _switch(session, webhook, on=changes["enabled"])
            webhook.updated_at = utc_now()
            await self._tell(session, "webhook.changed", by, webhook, address)
        return webhook

    async def delete(self, by: Principal, project_id: UUID, webhook_id: UUID, address: str | None) -> None:
        """With all that was delivered to it, or waits to be. Raises `WebhookNotFound`."""
        async with self._database.writing() as session:
            webhook = await _found(session, project_id, webhook_id, to_change=True)
            await session.delete(webhook)
            await self._tell(session, "webhook.deleted", by, webhook, address)

    async def rotate(
        self, by: Principal, project_id: UUID, webhook_id: UUID, grace_seconds: int, address: str | None
    ) -> NewSecret:
        """A new secret. The one before signs too for `grace_seconds`; what was before that, no more."""
        secret = new_secret()
        async with self._database.writing() as session:
            webhook = await _found(session, project_id, webhook_id, to_change=True)
            webhook.former_secret_sealed = webhook.secret_sealed if grace_seconds else None
            webhook.former_until = utc_now() + timedelta(seconds=grace_seconds) if grace_seconds else None
            webhook.secret_sealed = self._secrets.seal(SEALED_AS, secret)
            webhook.updated_at = utc_now()
            await self._tell(session, "webhook.rotated", by, webhook, address)
        return NewSecret(webhook, secret)

    async def test(self, project_id: UUID, webhook_id: UUID) -> WebhookDelivery:
        """Send it an event that means nothing, disabled or not; how that went stands in the delivery."""
        async with self._database.writing() as session:
            webhook = await _found(session, project_id, webhook_id)
            data = {"project_id": project_id, "webhook_id": webhook_id}
            delivery = fresh_delivery(webhook.id, project_id, WebhookEvent.TEST, utc_now(), data)
            session.add(delivery)
        return delivery

    async def deliveries(
        self,
        project_id: UUID,
        webhook_id: UUID,
        cursor: str | None,
        limit: int,
        state: DeliveryState | None = None,
    ) -> Page[WebhookDelivery]:
        """The newest first. Raises `WebhookNotFound`."""
        query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
        if state is not None:
            query = query.where(WebhookDelivery.state == state)
        if cursor:
            query = query.where(WebhookDelivery.id < decode_cursor(cursor))
        async with self._database.reading() as session:
            await _found(session, project_id, webhook_id)
            query = query.order_by(WebhookDelivery.id.desc()).limit(limit + 1)
            found = (await session.scalars(query)).all()
        shown = found[:limit]
        return Page(shown, encode_cursor(shown[-1].id) if len(found) > limit else None)

    async def delivery(self, project_id: UUID, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
        """Raises `WebhookNotFound`, `DeliveryNotFound`."""
        async with self._database.reading() as session:
            await _found(session, project_id, webhook_id)
            return await _found_delivery(session, webhook_id, delivery_id)

    async def replay(self, project_id: UUID, webhook_id: UUID, delivery_id: UUID) -> WebhookDelivery:
        """Send it again, at once, with its `webhook-id` and a whole day of tries. One that waits for its next
        try has it now. Raises `DeliveryNotFound`, `WebhookDisabled`.
        """
        async with self._database.writing() as session:
            webhook = await _found(session, project_id, webhook_id)
            delivery = await _found_delivery(session, webhook_id, delivery_id, to_change=True)
            if webhook.disabled_at is not None and delivery.event != WebhookEvent.TEST:
                raise WebhookDisabled(webhook_id)
            delivery.state, delivery.finished_at = DeliveryState.PENDING, None
            # Not before those that have been waiting, however often somebody presses the button.
            delivery.tries, delivery.next_epoch = 0, epoch_now()
        return delivery

    async def _require_fit(self, url: str) -> None:
        """A name that nobody knows from here may be one that the workers know, or that will be there soon."""
        with suppress(TargetAway):
            await self._outgoing.guard.placed(url)

    async def _require_room(self, session: AsyncSession, project_id: UUID) -> None:
        there = select(func.count()).select_from(Webhook).where(Webhook.project_id == project_id)
        if (await session.scalar(there) or 0) >= self._settings.most_of_project:
            raise TooManyWebhooks(self._settings.most_of_project)

    async def _tell(
        self, session: AsyncSession, action: str, by: Principal, webhook: Webhook, address: str | None
    ) -> None:
        detail = {"events": webhook.events, "enabled": webhook.disabled_at is None}
        deed = Deed(action, by, address, "webhook", webhook.id, webhook.project_id, detail=detail)
        await self._audit.add(session, deed)


async def _switch(session: AsyncSession, webhook: Webhook, *, on: bool) -> None:
    if on:
        webhook.disabled_at = webhook.disabled_why = webhook.failing_since = None
        webhook.failures = 0
    elif webhook.disabled_at is None:
        webhook.disabled_at, webhook.disabled_why = utc_now(), _BY_A_PERSON
        await end_pending(session, webhook.id)


def _chosen(events: Collection[WebhookEvent]) -> list[str]:
    if not events or not set(events) <= CHOSEN:
        raise Invalid(f"Choose at least one of: {', '.join(sorted(CHOSEN))}.", field="events")
    return sorted(set(events))


async def _found(
    session: AsyncSession, project_id: UUID, webhook_id: UUID, *, to_change: bool = False
) -> Webhook:
    query = select(Webhook).where(Webhook.id == webhook_id, Webhook.project_id == project_id)
    webhook = await session.scalar(query.with_for_update() if to_change else query)
    if webhook is None:
        raise WebhookNotFound(webhook_id)
    return webhook


async def _found_delivery(
    session: AsyncSession, webhook_id: UUID, delivery_id: UUID, *, to_change: bool = False
) -> WebhookDelivery:
    query = select(WebhookDelivery).where(
        WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook_id
    )
    delivery = await session.scalar(query.with_for_update() if to_change else query)
    if delivery is None:
        raise DeliveryNotFound(delivery_id)
    return delivery
