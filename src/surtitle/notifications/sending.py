"""The loop of every server and worker that sends what waits in the outbox."""

import asyncio
import logging
import random
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError

from surtitle.clock import utc_now
from surtitle.config import MailSettings
from surtitle.db.engine import Database
from surtitle.db.notification_models import OutboxLetter
from surtitle.db.time import epoch_now
from surtitle.errors import SurtitleError
from surtitle.hub import Hub
from surtitle.notifications.claiming import FAILED, SENT, WAITING, Claims, Parcel
from surtitle.notifications.events import APPRISE, MAIL
from surtitle.notifications.letters import TOPIC
from surtitle.notifications.mailing import NotSent

log = logging.getLogger(__name__)

# Lanes of this process. A message to a channel is a process of its own.
_AT_ONCE = {MAIL: 4, APPRISE: 2}
_RESTS_SECONDS = (30.0, 120.0, 600.0, 1800.0, 3600.0)
_JITTER = 0.2
_TOO_LATE = "it could not be sent while it was of use"


class Carrier(Protocol):
    """One way out."""

    async def carry(self, letters: Sequence[OutboxLetter]) -> bool:
        """True once it was taken; False when there is nothing to tell any more. Raises `NotSent`."""
        ...


class OutboxSender:
    """Sends each letter once, as far as that can be: a process that dies just after a server took a mail
    cannot say so, and the mail goes again, with the same Message-ID.
    """

    def __init__(
        self, database: Database, hub: Hub, settings: MailSettings, carriers: dict[str, Carrier]
    ) -> None:
        self._database = database
        self._hub = hub
        self._give_up = timedelta(hours=settings.give_up_hours)
        self._claims = Claims(database, settings)
        self._carriers = carriers

    async def run(self) -> None:
        """Send what is due until cancelled. Each lane looks for itself: one that waits for a server which
        does not answer keeps no other, and no mail waits for a channel.
        """
        async with asyncio.TaskGroup() as lanes:
            for channel in self._lanes():
                lanes.create_task(self._run_lane(channel))

    async def _run_lane(self, channel: str) -> None:
        with self._hub.listen(TOPIC) as listener:
            while True:
                try:
                    await self._send_one_after_the_other(channel)
                except (SQLAlchemyError, SurtitleError, OSError) as error:
                    log.warning("could not look for what to send, which is tried again: %s", error)
                except Exception:
                    log.exception("could not send letters, which is tried again")
                await listener.wait(self._hub.patience_seconds)

    async def send_due(self) -> int:
        """Send all that is due now; how many mails and messages were tried."""
        return sum(await asyncio.gather(*map(self._send_one_after_the_other, self._lanes())))

    def _lanes(self) -> list[str]:
        return [channel for channel in self._carriers for _ in range(_AT_ONCE[channel])]

    async def _send_one_after_the_other(self, channel: str) -> int:
        tried = 0
        while (parcel := await self._claims.next(channel)) is not None:
            await self._send(parcel)
            tried += 1
        return tried

    async def _send(self, parcel: Parcel) -> None:
        first = parcel.first
        if first.expires_at is not None and first.expires_at <= utc_now():
            await self._settle(parcel, state=FAILED, reason=_TOO_LATE, payload=None)
            return
        try:
            told = await self._carriers[first.channel].carry(parcel.letters)
        except NotSent as fault:
            await self._not_sent(parcel, fault)
        except SurtitleError as error:
            await self._not_sent(parcel, NotSent(error.message, passing=True))
        else:
            await (self._settle(parcel, state=SENT, payload=None) if told else self._drop(parcel))

    async def _not_sent(self, parcel: Parcel, fault: NotSent) -> None:
        first = parcel.first
        again = fault.passing and utc_now() - first.created_at < self._give_up
        ending = "trying again" if again else "it is given up"
        # Neither the address nor the text: the log is no place for them.
        log.warning("a %s (%s) could not be sent, %s: %s", first.channel, first.kind, ending, fault.reason)
        if not again:
            await self._settle(parcel, state=FAILED, reason=fault.reason)
            return
        rest = fault.wait_seconds or _RESTS_SECONDS[min(first.attempts, len(_RESTS_SECONDS)) - 1]
        rest *= random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - spreads tries, hides nothing
        await self._change(parcel, due_epoch=epoch_now() + rest, reason=fault.reason)

    async def _settle(self, parcel: Parcel, **values: Any) -> None:
        reason = values.pop("reason", None)
        await self._change(parcel, settled_at=utc_now(), reason=reason, **values)

    async def _change(self, parcel: Parcel, **values: Any) -> None:
        """Nought rows: the lease ended meanwhile, and it is another process's to say how it went."""
        async with self._database.writing() as session:
            await session.execute(
                update(OutboxLetter)
                .where(OutboxLetter.claim == parcel.claim, OutboxLetter.state == WAITING)
                .values(claim=None, lease_until_epoch=None, **values)
                .execution_options(synchronize_session=False)
            )

    async def _drop(self, parcel: Parcel) -> None:
        async with self._database.writing() as session:
            await session.execute(delete(OutboxLetter).where(OutboxLetter.claim == parcel.claim))
