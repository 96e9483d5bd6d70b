"""Webhooks: what writes events down, what delivers them, what the surfaces ask."""

from dataclasses import dataclass

from surtitle.bootstrap.accounts import AccountParts
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.outgoing.client import Outgoing
from surtitle.webhooks.delivering import Deliverer
from surtitle.webhooks.owners import OwnersTold
from surtitle.webhooks.recording import EventRecorder
from surtitle.webhooks.service import Webhooks


@dataclass(frozen=True, slots=True)
class WebhookParts:
    """One process's."""

    service: Webhooks
    deliverer: Deliverer


def open_recorder(settings: Settings) -> EventRecorder:
    """What listens to jobs and transcripts."""
    return EventRecorder(settings.server.public_url)


def open_webhooks(
    settings: Settings, database: Database, accounts: AccountParts, outgoing: Outgoing
) -> WebhookParts:
    """The parts over `database`. Starts nothing."""
    return WebhookParts(
        service=Webhooks(database, accounts.secrets, accounts.audit, outgoing, settings.webhooks),
        deliverer=Deliverer(
            database, accounts.secrets, outgoing, settings.webhooks, OwnersTold(accounts.post)
        ),
    )
