"""Letters and webhooks, on both databases."""

from collections.abc import Sequence
from datetime import timedelta

from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.notification_models import OutboxLetter
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.figures.deliveries import OutboxFigures, WebhookFigures
from surtitle.ids import new_id
from surtitle.observability.metrics import Sample

pytestmark = ON_BOTH


def by_name(samples: Sequence[Sample]) -> dict[tuple[str, ...], float]:
    return {(sample.figure.removeprefix("surtitle_"), *sample.labels): sample.value for sample in samples}


def letter(channel: str, state: str, minutes: float) -> OutboxLetter:
    at = utc_now() - timedelta(minutes=minutes)
    return OutboxLetter(channel=channel, kind="job.succeeded", state=state, created_at=at)


async def test_an_empty_outbox_is_told_as_empty(database: Database) -> None:
    told = by_name(await OutboxFigures(database).read())
    assert set(told.values()) == {0.0}
    assert ("outbox_last_hour", "mail", "failed") in told


async def test_letters_that_wait_are_told_with_the_age_of_the_oldest(database: Database) -> None:
    async with database.writing() as session:
        session.add_all([letter("mail", "waiting", 5), letter("mail", "waiting", 120)])
        session.add_all(
            [letter("apprise", "sent", 5), letter("mail", "failed", 5), letter("mail", "sent", 90)]
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


async def test_deliveries_are_told_by_what_became_of_them(database: Database) -> None:
    target = hook()
    async with database.writing() as session:
        session.add_all([target, hook("failing"), hook("gone"), hook("person")])
        for state, minutes in (
            ("pending", 3),
            ("pending", 90),
            ("delivered", 1),
            ("failed", 2),
            ("failed", 600),
        ):
            session.add(
                WebhookDelivery(
                    webhook_id=target.id, project_id=PERSONAL_PROJECT, event="job.succeeded", body="{}",
                    state=state, at=utc_now() - timedelta(minutes=minutes),
                )
            )  # fmt: skip
    told = by_name(await WebhookFigures(database).read())
    assert told["webhook_waiting",] == 2
    assert 5400 <= told["webhook_oldest_seconds",] < 5500
    assert told["webhook_last_hour", "waiting"] == told["webhook_last_hour", "delivered"] == 1
    assert told["webhook_last_hour", "failed"] == 1
    assert told["webhooks_disabled",] == 2, "who switched it off by hand knows"


async def test_without_webhooks_all_is_nought(database: Database) -> None:
    told = by_name(await WebhookFigures(database).read())
    assert set(told.values()) == {0.0}
