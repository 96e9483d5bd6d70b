"""Which mails a person wants."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.project_rows import person
from surtitle.clock import utc_now
from surtitle.db.account_models import User
from surtitle.db.engine import Database
from surtitle.db.notification_models import MailChoice, OutboxLetter
from surtitle.notifications.claiming import WAITING
from surtitle.notifications.events import MAIL, MAILED, Event
from surtitle.notifications.unsubscribing import Unsubscribing


class MailChoices:
    """Kept by person and event. Letters about the account itself cannot be switched off."""

    def __init__(self, database: Database, unsubscribing: Unsubscribing) -> None:
        self._database = database
        self._unsubscribing = unsubscribing

    async def of(self, by: Principal) -> Mapping[Event, bool]:
        """Every event that there are mails of. Raises `PersonalInstallation`."""
        async with self._database.reading() as session:
            return await _chosen(session, person(by))

    async def set(self, by: Principal, wanted: Mapping[Event, bool]) -> Mapping[Event, bool]:
        """Change these, leave the others. Raises `PersonalInstallation`."""
        user_id = person(by)
        async with self._database.writing() as session:
            await self._choose(session, user_id, wanted)
            return await _chosen(session, user_id)

    async def unsubscribe(self, token: str) -> Event:
        """No more mails of what the link in a mail names; what waits is not sent either. For an account that
        is gone there is nothing to do. Raises `BadUnsubscribeLink`.
        """
        user_id, event = self._unsubscribing.opened(token)
        async with self._database.writing() as session:
            if await session.get(User, user_id) is not None:
                await self._choose(session, user_id, {event: False})
        return event

    def named(self, token: str) -> tuple[UUID, Event]:
        """Whose link it is, and for what. Raises `BadUnsubscribeLink`."""
        return self._unsubscribing.opened(token)

    async def _choose(self, session: AsyncSession, user_id: UUID, wanted: Mapping[Event, bool]) -> None:
        for event, choice in wanted.items():
            await session.merge(MailChoice(user_id=user_id, event=event, wanted=choice, changed_at=utc_now()))
        stopped = [event for event, choice in wanted.items() if not choice]
        waiting = (OutboxLetter.channel == MAIL, OutboxLetter.state == WAITING)
        await session.execute(
            delete(OutboxLetter).where(
                OutboxLetter.user_id == user_id, OutboxLetter.kind.in_(stopped), *waiting
            )
        )


async def _chosen(session: AsyncSession, user_id: UUID) -> Mapping[Event, bool]:
    rows = await session.execute(
        select(MailChoice.event, MailChoice.wanted).where(MailChoice.user_id == user_id)
    )
    chosen = {row.event: row.wanted for row in rows}
    return {event: chosen.get(event, True) for event in MAILED}
