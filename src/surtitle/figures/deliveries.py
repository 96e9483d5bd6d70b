"""What is on its way to people and to other programs."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, String, and_, func, or_, select

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.notification_models import OutboxLetter
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.observability.metrics import Sample, by_label

_LATELY = timedelta(hours=1)
_LETTER_CHANNELS = ("mail", "apprise")
_LETTER_OUTCOMES = {"waiting": "waiting", "sent": "sent", "failed": "failed"}
# As `webhooks.events` names them, a room above this one.
_PENDING, _SUCCEEDED, _FAILED, _TEST = "pending", "succeeded", "failed", "webhook.test"


class OutboxFigures:
    """Mails, and messages to channels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> Sequence[Sample]:
        now, letter = utc_now(), OutboxLetter
        # A letter that is given up was written days ago.
        settled = and_(letter.state != "waiting", letter.settled_at > now - _LATELY)
        written = and_(letter.state == "waiting", letter.created_at > now - _LATELY)
        async with self._database.reading() as session:
            waiting = (
                await session.execute(
                    select(letter.channel, func.count(), func.min(letter.created_at))
                    .where(letter.state == "waiting")
                    .group_by(letter.channel)
                )
            ).all()
            rows = await session.execute(
                select(letter.channel, letter.state, func.count())
                .where(or_(settled, written))
                .group_by(letter.channel, letter.state)
            )
            lately = {(channel, state): count for channel, state, count in rows}
        counts = {channel: count for channel, count, _ in waiting}
        ages = {channel: (now - oldest).total_seconds() for channel, _, oldest in waiting}
        return [
            *by_label("surtitle_outbox_waiting", {one: counts.get(one, 0) for one in _LETTER_CHANNELS}),
            *by_label(
                "surtitle_outbox_oldest_seconds", {one: ages.get(one, 0.0) for one in _LETTER_CHANNELS}
            ),
            *(
                Sample("surtitle_outbox_last_hour", (one, told), float(lately.get((one, state), 0)))
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
                    select(func.count(), func.min(delivery.at)).where(delivery.state == _PENDING)
                )
            ).one()
            outcomes = self._outcomes()
            counted = (func.count().filter(which) for which in outcomes.values())
            lately = or_(delivery.state == _PENDING, delivery.finished_at > now - _LATELY)
            # Whoever presses the button looks at the answer.
            row = (await session.execute(select(*counted).where(lately, delivery.event != _TEST))).one()
            disabled = await session.scalar(
                select(func.count()).where(Webhook.disabled_why.in_(("failing", "gone")))
            )
        age = (now - oldest).total_seconds() if oldest is not None else 0.0
        return [
            Sample("surtitle_webhook_waiting", (), float(waiting)),
            Sample("surtitle_webhook_oldest_seconds", (), age),
            *by_label("surtitle_webhook_last_hour", dict(zip(outcomes, row, strict=True))),
            Sample("surtitle_webhooks_disabled", (), float(disabled or 0)),
        ]

    def _outcomes(self) -> dict[str, ColumnElement[bool]]:
        """Which deliveries of the last hour count as what. One whose last try failed has failed so
        far, though it is tried again for a day; one that was never tried, though it was ended, has not.
        """
        delivery, since = WebhookDelivery, utc_now() - _LATELY
        tried = or_(delivery.state == _FAILED, and_(delivery.state == _PENDING, delivery.tries > 0))
        untried = and_(delivery.state == _PENDING, delivery.tries == 0)
        return {
            "delivered": and_(delivery.state == _SUCCEEDED, delivery.finished_at > since),
            "failed": and_(tried, self._last_try() > since.isoformat()),
            "waiting": and_(untried, delivery.at > since),
        }

    def _last_try(self) -> ColumnElement[str]:
        """When it was tried last, as its log has it: in UTC by ISO 8601, which sorts as text does."""
        log = WebhookDelivery.log
        if self._database.is_sqlite:
            return func.json_extract(log, "$[#-1].at", type_=String)
        return func.json_extract_path_text(log, "-1", "at", type_=String)
