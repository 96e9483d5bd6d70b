"""Links by which a person stops mails of one kind without signing in (RFC 8058).

They work as long as the account is there: a mail may be read years later. Whoever has one can do no more with
it than switch off that kind of mail.
"""

import base64
import binascii
from uuid import UUID

from surtitle.accounts.secrets import Secrets
from surtitle.errors import Forbidden
from surtitle.notifications.events import MAILED, Event

PATH = "/api/notifications/unsubscribe"

_PURPOSE = "unsubscribe"


class BadUnsubscribeLink(Forbidden):
    """Cut short, or made up."""

    slug = "bad-unsubscribe-link"

    def __init__(self) -> None:
        super().__init__(
            "The link is not whole. Take it from the mail once more, or sign in and use "
            "`PUT /api/users/me/notifications`."
        )


class Unsubscribing:
    """Makes such links, and reads them."""

    def __init__(self, secrets: Secrets, home: str) -> None:
        self._secrets = secrets
        self._home = home

    def link(self, user_id: UUID, event: Event) -> str:
        return f"{self._home}{PATH}?token={self.token(user_id, event)}"

    def token(self, user_id: UUID, event: Event) -> str:
        who = base64.urlsafe_b64encode(user_id.bytes).decode().rstrip("=")
        return f"{who}.{event}.{self._secrets.signature(_PURPOSE, f'{user_id} {event}')}"

    def opened(self, token: str) -> tuple[UUID, Event]:
        """Who wants no more mails of what. Raises `BadUnsubscribeLink`."""
        try:
            who, event, signature = token.split(".")
            raw = base64.urlsafe_b64decode(f"{who}==")
            user_id = UUID(bytes=raw)
        except (ValueError, binascii.Error):
            raise BadUnsubscribeLink from None
        if event not in MAILED or not self._secrets.signed(_PURPOSE, f"{user_id} {event}", signature):
            raise BadUnsubscribeLink
        return user_id, Event(event)
