"""Delivering: tries until a server has taken it, later and later, for about a day."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.config import WebhookSettings
from surtitle.db.engine import Database
from surtitle.db.time import epoch_now
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.errors import SurtitleError, Unavailable
from surtitle.outgoing.client import Outgoing
from surtitle.webhooks.attempts import Attempt, attempt
from surtitle.webhooks.deliveries import Claim, DueDeliveries, end_pending
from surtitle.webhooks.events import DeliveryState, WebhookEvent, message_id
from surtitle.webhooks.signing import signed_headers

log = logging.getLogger(__name__)

SEALED_AS = "webhook secret"

_JITTER = 0.2
_ATTEMPTS_KEPT = 12
_PATIENCE_SECONDS = 5.0

TellDisabled = Callable[[AsyncSession, Webhook], Awaitable[None]]
"""In the transaction that disables a webhook by itself: writes what its project's owners are to be told."""


async def tell_nobody(_session: AsyncSession, _webhook: Webhook) -> None:
    return None


class Deliverer:
    """Delivers what is due, in one process of perhaps many."""

    def __init__(
        self,
        database: Database,
        secrets: Secrets,
        outgoing: Outgoing,
        settings: WebhookSettings,
        tell_disabled: TellDisabled = tell_nobody,
    ) -> None:
        self._database = database
        self._secrets = secrets
        self._outgoing = outgoing
        self._settings = settings
        self._tell_disabled = tell_disabled
        self.due = DueDeliveries(database, settings)

    async def run(self) -> None:
        """Look after them until cancelled. A try that is cut off is done again when its lease ends."""
        busy: set[asyncio.Task[None]] = set()
        try:
            while True:
                await self._begin(busy)
                await asyncio.sleep(self._settings.poll_seconds * random.uniform(0.7, 1.3))  # noqa: S311
        finally:
            for task in busy:
                task.cancel()
            await asyncio.gather(*busy, return_exceptions=True)

    async def deliver_due(self) -> int:
        """Try all that is due, one after another; how many there were."""
        count = 0
        while (claim := await self.due.claim()) is not None:
            await self.deliver(claim)
            count += 1
        return count

    async def deliver_one(self, delivery_id: UUID) -> None:
        """Try this one here and now; where a worker was quicker, wait until it has been told."""
        claim = await self.due.claim(delivery_id)
        if claim is not None:
            await self.deliver(claim)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.seconds + _PATIENCE_SECONDS):
                while await self.due.waits(delivery_id):  # noqa: ASYNC110  another process does it
                    await asyncio.sleep(self._settings.poll_seconds / 5)

    async def deliver(self, claim: Claim) -> None:
        """One try, and what follows from it."""
        async with self._database.reading() as session:
            delivery = await session.get(WebhookDelivery, claim.delivery_id)
            webhook = await session.get(Webhook, claim.webhook_id)
        if delivery is None or webhook is None:
            # Deleted meanwhile, and nobody waits for it.
            return
        await self._settle(claim, await self._tried(webhook, delivery))

    async def _tried(self, webhook: Webhook, delivery: WebhookDelivery) -> Attempt:
        body = delivery.body.encode()
        try:
            signing = self._signing(webhook)
        except SurtitleError as error:
            # It counts: what can never be signed must end some day, and the project be told.
            return Attempt(at=utc_now(), seconds=0.0, error=error.message)
        headers = signed_headers(signing, message_id(delivery.id), int(time.time()), body)
        return await attempt(
            self._outgoing, webhook.url, {**delivery.trace, **headers}, body, self._settings.seconds
        )

    async def _begin(self, busy: set[asyncio.Task[None]]) -> None:
        try:
            if len(busy) >= self._settings.at_once or not await self.due.any():
                return
            while len(busy) < self._settings.at_once and (claim := await self.due.claim()) is not None:
                task = asyncio.create_task(self._delivered(claim))
                busy.add(task)
                task.add_done_callback(busy.discard)
        except (SQLAlchemyError, SurtitleError, OSError) as error:
            log.warning("could not see which webhooks are due, which is tried again: %s", error)

    async def _delivered(self, claim: Claim) -> None:
        try:
            await self.deliver(claim)
        except (SQLAlchemyError, SurtitleError, OSError) as error:
            log.warning("webhook delivery %s is tried again: %s", claim.delivery_id, error)
        except Exception:
            # One that nobody foresaw must not end the deliveries of all others.
            log.exception("webhook delivery %s failed in a way that nobody foresaw", claim.delivery_id)

    def _signing(self, webhook: Webhook) -> list[str]:
        """The secrets that sign now, the newest first. Raises `Unavailable` for one that cannot be opened."""
        signing = [self._secrets.opened(SEALED_AS, webhook.secret_sealed)]
        if webhook.former_secret_sealed and webhook.former_until and webhook.former_until > utc_now():
            # One that was lost is why it was replaced.
            with suppress(Unavailable):
                signing.append(self._secrets.opened(SEALED_AS, webhook.former_secret_sealed))
        return signing

    async def _settle(self, claim: Claim, told: Attempt) -> None:
        async with self._database.writing() as session:
            # The webhook first, as whoever disables it locks them.
            webhook = await session.get(Webhook, claim.webhook_id, with_for_update=True)
            delivery = await session.get(WebhookDelivery, claim.delivery_id, with_for_update=True)
            if webhook is None or delivery is None or delivery.fence != claim.fence:
                # Deleted, or taken over by another process when our lease had ended.
                return
            delivery.log = [*delivery.log, told.told()][-_ATTEMPTS_KEPT:]
            delivery.tries += 1
            delivery.lease_until_epoch = None
            if told.succeeded:
                _end(delivery, DeliveryState.SUCCEEDED)
                webhook.failing_since, webhook.failures = None, 0
            else:
                self._fail(delivery, told)
                if delivery.event != WebhookEvent.TEST:
                    await self._count_failure(session, webhook, told)

    def _fail(self, delivery: WebhookDelivery, told: Attempt) -> None:
        delays = self._settings.retry_delays_seconds
        if told.gone or delivery.event == WebhookEvent.TEST or delivery.tries > len(delays):
            _end(delivery, DeliveryState.FAILED)
            return
        delay = delays[delivery.tries - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311
        # A server that names a time is not asked before it.
        delivery.next_epoch = epoch_now() + max(delay, told.wait_seconds or 0.0)

    async def _count_failure(self, session: AsyncSession, webhook: Webhook, told: Attempt) -> None:
        webhook.failures += 1
        webhook.failing_since = webhook.failing_since or told.at
        if webhook.disabled_at is None and (told.gone or self._has_failed_for_long(webhook, told.at)):
            webhook.disabled_at, webhook.disabled_why = utc_now(), "gone" if told.gone else "failing"
            await session.flush()
            await end_pending(session, webhook.id)
            await self._tell_disabled(session, webhook)
            log.warning("webhook %s is disabled: %s", webhook.id, webhook.disabled_why)

    def _has_failed_for_long(self, webhook: Webhook, now: datetime) -> bool:
        assert webhook.failing_since is not None
        long = timedelta(seconds=self._settings.disable_after_seconds)
        return now - webhook.failing_since >= long and (
            webhook.failures >= self._settings.disable_after_failures
        )


def _end(delivery: WebhookDelivery, state: DeliveryState) -> None:
    delivery.state, delivery.finished_at = state, utc_now()
