"""All of this room, built together."""

from dataclasses import dataclass

from surtitle.accounts.audit import AuditTrail
from surtitle.accounts.secrets import Secrets
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.hub import Hub
from surtitle.ids import new_id
from surtitle.notifications.apprise_sending import AppriseSender
from surtitle.notifications.carriers import AppriseCarrier, MailCarrier
from surtitle.notifications.channels import Channels
from surtitle.notifications.choices import MailChoices
from surtitle.notifications.composing import Composer
from surtitle.notifications.events import APPRISE, MAIL
from surtitle.notifications.job_news import JobNews
from surtitle.notifications.keeping import Outbox
from surtitle.notifications.languages import Manner, closest
from surtitle.notifications.mailing import Mail, MailTransport, open_transport
from surtitle.notifications.quota_news import QuotaNews
from surtitle.notifications.sending import Carrier, OutboxSender
from surtitle.notifications.unsubscribing import Unsubscribing
from surtitle.notifications.words import Words
from surtitle.outgoing.guard import Guard
from surtitle.usage.quotas import Quotas


@dataclass(frozen=True, slots=True)
class NotificationParts:
    """What writes, sends and keeps letters and news. Close the `transport` at the end."""

    outbox: Outbox
    sender: OutboxSender
    transport: MailTransport
    choices: MailChoices
    channels: Channels
    job_news: JobNews
    quota_news: QuotaNews
    words: Words

    async def send_test(self, address: str, language: str | None = None) -> None:
        """A mail to `address`, past the outbox. Raises `NotSent`."""
        manner = Manner(closest(language, self.words.usual))
        await self.transport.send(Mail(new_message_id(), address, self.words.test(manner)))


def open_notifications(
    settings: Settings,
    database: Database,
    hub: Hub,
    *,
    secrets: Secrets,
    audit: AuditTrail,
    quotas: Quotas,
    guard: Guard,
) -> NotificationParts:
    """The services over `database`. Starts nothing."""
    words, transport = Words(settings), open_transport(settings.mail)
    apprise = AppriseSender(settings.channels, guard)
    composer = Composer(settings, database, secrets)
    carriers: dict[str, Carrier] = {
        MAIL: MailCarrier(composer, transport),
        APPRISE: AppriseCarrier(composer, apprise),
    }
    return NotificationParts(
        outbox=Outbox(database, hub, settings.mail),
        sender=OutboxSender(database, hub, settings.mail, carriers),
        transport=transport,
        choices=MailChoices(database, Unsubscribing(secrets, words.home)),
        channels=Channels(
            database, audit, secrets=secrets, settings=settings.channels, sender=apprise, words=words
        ),
        job_news=JobNews(settings, hub),
        quota_news=QuotaNews(settings, database, secrets=secrets, quotas=quotas, hub=hub),
        words=words,
    )


def new_message_id() -> str:
    """For a mail that stands in no table."""
    return f"test-{new_id()}"
