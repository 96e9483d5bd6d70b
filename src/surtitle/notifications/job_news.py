"""Who is told when a job was accepted or has ended: its owner by mail, channels by what they chose."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.sessions import ACTIVE
from surtitle.config import Settings
from surtitle.db.account_models import User
from surtitle.db.notification_models import Channel, MailChoice
from surtitle.hub import Hub
from surtitle.jobs.milestones import Milestone
from surtitle.notifications.events import APPRISE, EVENT_OF, MAIL, MAILED, Event
from surtitle.notifications.letters import TOPIC, after_commit, job_letter

_ANSWERED = frozenset({"openai", "cli"})
"""Whoever asked there waits for the result: nobody has to be told."""


class JobNews:
    """An `OnMilestone` that writes letters."""

    def __init__(self, settings: Settings, hub: Hub) -> None:
        self._mails = settings.mail.delivers
        self._hub = hub

    async def __call__(self, session: AsyncSession, milestone: Milestone) -> None:
        if milestone.surface in _ANSWERED:
            return
        event, about = EVENT_OF[milestone.kind], (milestone.project_id, milestone.job_id)
        letters = [
            job_letter(event, APPRISE, *about, channel_id=channel_id)
            for channel_id in await channels_for(session, milestone.project_id, event)
        ]
        owner = milestone.owner_id
        if self._mails and owner is not None and event in MAILED and await wants(session, owner, event):
            letters.append(job_letter(event, MAIL, *about, user_id=owner))
        if letters:
            session.add_all(letters)
            await session.flush()
            after_commit(session, lambda: self._hub.wake(TOPIC))


async def channels_for(session: AsyncSession, project_id: UUID, event: Event) -> Sequence[UUID]:
    """The project's channels, and the installation's, that want to be told of `event`."""
    ours = or_(Channel.project_id == project_id, Channel.project_id.is_(None))
    rows = await session.execute(select(Channel.id, Channel.events).where(ours).order_by(Channel.id))
    return [row.id for row in rows if event in row.events]


async def wants(session: AsyncSession, user_id: UUID, event: Event) -> bool:
    """Whether this person has an account with an address, and takes mails of `event`."""
    found = await session.execute(
        select(User.id)
        .outerjoin(MailChoice, (MailChoice.user_id == User.id) & (MailChoice.event == event))
        .where(
            User.id == user_id,
            User.state == ACTIVE,
            User.email.is_not(None),
            or_(MailChoice.wanted.is_(None), MailChoice.wanted.is_(True)),
        )
    )
    return found.one_or_none() is not None
