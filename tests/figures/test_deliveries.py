"""Letters and webhooks, on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.notification_models import OutboxLetter
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.figures.deliveries import OutboxFigures, WebhookFigures
from surtitle.ids import new_id
from surtitle.observability.metrics import Sample
from surtitle.webhooks.attempts import Attempt
from surtitle.webhooks.events import DeliveryState, WebhookEvent

pytestmark = ON_BOTH


def by_name(samples: Sequence[Sample]) -> dict[tuple[str, ...], float]:
    return {(sample.figure.removeprefix("surtitle_"), *sample.labels): sample.value for sample in samples}


def ago(minutes: float) -> datetime:
    return utc_now() - timedelta(minutes=minutes)


def letter(channel: str, state: str, minutes: float, settled: float | None = None) -> OutboxLetter:
    at = None if settled is None else ago(settled)
    return OutboxLetter(
        channel=channel, kind="job.succeeded", state=state, created_at=ago(minutes), settled_at=at
    )


async def test_an_empty_outbox_is_told_as_empty(database: Database) -> None:
    told = by_name(await OutboxFigures(database).read())
    assert set(told.values()) == {0.0}
    assert ("outbox_last_hour", "mail", "failed") in told


async def test_letters_are_told_by_when_they_were_sent_or_given_up(database: Database) -> None:
    async with database.writing() as session:
        session.add_all([letter("mail", "waiting", 5), letter("mail", "waiting", 120)])
        session.add_all(
            [
                letter("apprise", "sent", 5, settled=4),
                letter("mail", "failed", 72 * 60, settled=5),
                letter("mail", "failed", 90, settled=80),
                letter("mail", "sent", 90, settled=90),
            ]
        )
    told = by_name(await OutboxFigures(database).read())
    assert told["outbox_waiting", "mail"] == 2
    assert told["outbox_waiting", "apprise"] == 0
    assert 7200 <= told["outbox_oldest_seconds", "mail"] < 7300
    lately = {key[1:]: value for key, value in told.items() if key[0] == "outbox_last_hour"}
    assert lately == {
        ("mail", "waiting"): 1, ("mail", "sent"): 0, ("mail", "failed"): 1,
        ("apprise", "waiting"): 0, ("apprise", "sent"): 1, ("apprise", "failed"): 0,
    }  # fmt: skip


def hook(why: str | None = None) -> Webhook:
    return Webhook(
        id=new_id(),
        project_id=PERSONAL_PROJECT,
        name="hook",
        url="https://example.org/",
        events=[],
        secret_sealed="",
        disabled_at=utc_now() if why else None,
        disabled_why=why,
    )


def delivery(
    webhook: Webhook,
    state: DeliveryState,
    minutes: float,
    *,
    tried: float | None = None,
    finished: float | None = None,
    **more: Any,
) -> WebhookDelivery:
    """Of an event so many `minutes` ago, `tried` last and `finished` so many ago."""
    log = [] if tried is None else [Attempt(ago(since), 0.1, 500).told() for since in (tried + 5, tried)]
    values: dict[str, Any] = {"event": WebhookEvent.JOB_SUCCEEDED, "body": "{}", "tries": len(log)} | more
    return WebhookDelivery(
        webhook_id=webhook.id, project_id=PERSONAL_PROJECT, state=state, at=ago(minutes), log=log,
        finished_at=None if finished is None else ago(finished), **values,
    )  # fmt: skip


async def told_of(database: Database, *kept: WebhookDelivery) -> dict[tuple[str, ...], float]:
    async with database.writing() as session:
        session.add_all(kept)
    return by_name(await WebhookFigures(database).read())


async def with_hook(database: Database, *others: Webhook) -> Webhook:
    target = hook()
    async with database.writing() as session:
        session.add_all([target, *others])
    return target


async def test_deliveries_are_told_by_what_became_of_them(database: Database) -> None:
    target = await with_hook(database, hook("failing"), hook("gone"), hook("person"))
    told = await told_of(
        database,
        delivery(target, DeliveryState.PENDING, 3),
        delivery(target, DeliveryState.PENDING, 90),
        delivery(target, DeliveryState.SUCCEEDED, 300, tried=1, finished=1),
        delivery(target, DeliveryState.SUCCEEDED, 90, tried=89, finished=89),
        delivery(target, DeliveryState.FAILED, 26 * 60, tried=2, finished=2),
        delivery(target, DeliveryState.FAILED, 40 * 60, tried=600, finished=600),
    )
    assert told["webhook_waiting",] == 2
    assert 5400 <= told["webhook_oldest_seconds",] < 5500
    assert told["webhook_last_hour", "waiting"] == told["webhook_last_hour", "delivered"] == 1
    assert told["webhook_last_hour", "failed"] == 1
    assert told["webhooks_disabled",] == 2, "who switched it off by hand knows"


async def test_a_receiver_that_refuses_all_day_is_seen_before_it_is_given_up(database: Database) -> None:
    target = await with_hook(database)
    told = await told_of(
        database,
        *(delivery(target, DeliveryState.PENDING, 300, tried=minutes) for minutes in (1, 20, 50)),
        delivery(target, DeliveryState.PENDING, 300, tried=120),
    )
    assert told["webhook_last_hour", "failed"] == 3
    assert told["webhook_last_hour", "waiting"] == 0


async def test_what_was_not_tried_has_not_failed(database: Database) -> None:
    """A webhook that a person switches off ends what waits for it; the button is pressed to see an answer."""
    target = await with_hook(database)
    told = await told_of(
        database,
        delivery(target, DeliveryState.FAILED, 5, finished=1),
        delivery(target, DeliveryState.FAILED, 600, tried=500, finished=1),
        delivery(target, DeliveryState.FAILED, 5, tried=1, finished=1, event=WebhookEvent.TEST),
    )
    assert told["webhook_last_hour", "failed"] == 0


async def test_without_webhooks_all_is_nought(database: Database) -> None:
    told = by_name(await WebhookFigures(database).read())
    assert set(told.values()) == {0.0}
