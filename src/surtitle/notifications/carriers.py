"""The ways out of the outbox: mails, and messages to chat services."""

from collections.abc import Sequence

from surtitle.db.notification_models import OutboxLetter
from surtitle.notifications.apprise_sending import AppriseSender
from surtitle.notifications.composing import Composer
from surtitle.notifications.mailing import MailTransport


class MailCarrier:
    """A `Carrier` for letters to people."""

    def __init__(self, composer: Composer, transport: MailTransport) -> None:
        self._composer = composer
        self._transport = transport

    async def carry(self, letters: Sequence[OutboxLetter]) -> bool:
        mail = await self._composer.mail(letters)
        if mail is None:
            return False
        await self._transport.send(mail)
        return True


class AppriseCarrier:
    """A `Carrier` for news to channels."""

    def __init__(self, composer: Composer, sender: AppriseSender) -> None:
        self._composer = composer
        self._sender = sender

    async def carry(self, letters: Sequence[OutboxLetter]) -> bool:
        message = await self._composer.message(letters)
        if message is None:
            return False
        await self._sender.send(message.url, message.written, failed=message.failed)
        return True
