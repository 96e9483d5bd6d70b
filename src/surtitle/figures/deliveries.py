"""What is on its way to people and to other programs."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.notification_models import OutboxLetter
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.observability.metrics import Sample, by_label

_LATELY = timedelta(hours=1)
_LETTER_CHANNELS = ("mail", "apprise")
_LETTER_OUTCOMES = {"waiting": "waiting", "sent": "sent", "failed": "failed"}
_DELIVERY_OUTCOMES = {"pending": "waiting", "delivered": "delivered", "failed": "failed"}


class OutboxFigures:
    """Mails, and messages to channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Sequence[Sample]:
        now, letter = utc_now(), OutboxLetter
        async with self._database.reading() as session:
            waiting = (
                await session.execute(
                    select(letter.channel, func.count(), func.min(letter.created_at))
                    .where(letter.state == "waiting")
                    .group_by(letter.channel)
                )
            ).all()
            lately = await session.execute(
                select(letter.channel, letter.state, func.count())
                .where(letter.state.in_(_LETTER_OUTCOMES), letter.created_at > now - _LATELY)
                .group_by(letter.channel, letter.state)
            )
            written = {(channel, state): count for channel, state, count in lately}
        counts = {channel: count for channel, count, _ in waiting}
        ages = {channel: (now - oldest).total_seconds() for channel, _, oldest in waiting}
        return [
            *by_label("surtitle_outbox_waiting", {one: counts.get(one, 0) for one in _LETTER_CHANNELS}),
            *by_label(
                "surtitle_outbox_oldest_seconds", {one: ages.get(one, 0.0) for one in _LETTER_CHANNELS}
            ),
            *(
                Sample("surtitle_outbox_last_hour", (one, told), float(written.get((one, state), 0)))
                for one in _LETTER_CHANNELS
                for state, told in _LETTER_OUTCOMES.items()
            ),
        ]


class WebhookFigures:
    """Deliveries to webhooks of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Sequence[Sample]:
        now, delivery = utc_now(), WebhookDelivery
        async with self._database.reading() as session:
            waiting, oldest = (
                await session.execute(
                    select(func.count(), func.min(delivery.at)).where(delivery.state == "pending")
                )
            ).one()
            rows = await session.execute(
                select(delivery.state, func.count())
                .where(delivery.state.in_(_DELIVERY_OUTCOMES), delivery.at > now - _LATELY)
                .group_by(delivery.state)
            )
            lately = {_DELIVERY_OUTCOMES[state]: count for state, count in rows}
            disabled = await session.scalar(
                select(func.count()).where(Webhook.disabled_why.in_(("failing", "gone")))
            )
        age = (now - oldest).total_seconds() if oldest is not None else 0.0
        return [
            Sample("surtitle_webhook_waiting", (), float(waiting)),
            Sample("surtitle_webhook_oldest_seconds", (), age),
            *by_label(
                "surtitle_webhook_last_hour",
                {outcome: lately.get(outcome, 0) for outcome in _DELIVERY_OUTCOMES.values()},
            ),
            Sample("surtitle_webhooks_disabled", (), float(disabled or 0)),
        ]
