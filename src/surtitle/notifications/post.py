"""The `Post` of people's accounts: into the outbox, or into the log where no mail can be sent."""

import logging

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.post import Letter, Post, To
from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.config import Settings
from surtitle.db.notification_models import OutboxLetter
from surtitle.hub import Hub
from surtitle.notifications.events import MAIL
from surtitle.notifications.languages import manner_of
from surtitle.notifications.letters import TOPIC, Sealed, after_commit, recipient_of
from surtitle.notifications.words import Told, Words, printable
from surtitle.observability.notices import NOTICE

log = logging.getLogger(__name__)

_MARK = "    | "


class OutboxPost:
    """Puts letters into the table, sealed."""

    def __init__(self, settings: Settings, secrets: Secrets, hub: Hub) -> None:
        self._usual = settings.mail.language
        self._secrets = secrets
        self._hub = hub

    async def put(self, session: AsyncSession, letter: Letter, to: To) -> None:
        manner = await manner_of(session, to.language_of or to.user_id, self._usual)
        session.add(
            OutboxLetter(
                channel=MAIL,
                kind=letter.kind,
                user_id=to.user_id,
                recipient=recipient_of(self._secrets, to.address),
                object_id=letter.about,
                language=manner.language,
                payload=Sealed(to.address, {**letter.facts, "time_zone": manner.time_zone}).seal(
                    self._secrets
                ),
                expires_at=utc_now() + letter.useful_for if letter.useful_for else None,
            )
        )
        await session.flush()
        after_commit(session, lambda: self._hub.wake(TOPIC))


class LogPost:
    """Stands in for a mail server: what would be mailed is in the log, links and all."""

    def __init__(self, settings: Settings) -> None:
        self._words = Words(settings)

    async def put(self, session: AsyncSession, letter: Letter, to: To) -> None:
        manner = await manner_of(session, to.language_of or to.user_id, self._words.usual)
        written = self._words.written(Told(letter.kind, letter.facts), manner)
        # Marked line by line, so that nothing in a mail can pass for a line of the log.
        lines = [f"To: {to.address}", written.subject, *written.text.splitlines()]
        told = "\n".join(_MARK + printable(line) for line in lines)
        after_commit(session, lambda: _tell(told))


def open_post(settings: Settings, secrets: Secrets, hub: Hub) -> Post:
    """The post that the settings ask for."""
    return OutboxPost(settings, secrets, hub) if settings.mail.delivers else LogPost(settings)


def _tell(told: str) -> None:
    log.warning(
        "no mail server is set (SURTITLE_MAIL__HOST), so this mail is only here:\n%s", told, extra=NOTICE
    )
