"""Chat services that are told of a project's jobs, or of all of the installation's."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakValueDictionary

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.access import Principal
from surtitle.accounts.audit import AuditTrail, Deed
from surtitle.accounts.names import checked_name
from surtitle.accounts.project_rows import locked_project
from surtitle.accounts.secrets import Secrets
from surtitle.config import ChannelSettings
from surtitle.db.engine import Database
from surtitle.db.locks import hold
from surtitle.db.notification_models import Channel
from surtitle.errors import Conflict, Invalid, NotFound
from surtitle.ids import new_id
from surtitle.notifications.apprise_sending import AppriseSender
from surtitle.notifications.composing import opened_url, seal_url
from surtitle.notifications.events import Event
from surtitle.notifications.mailing import NotSent
from surtitle.notifications.words import Words

_MOST_URL_CHARACTERS = 2048
_TESTS_AT_ONCE = 2
USUAL = (Event.JOB_COMPLETED, Event.JOB_FAILED, Event.QUOTA)


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A wish for a channel. The URL is Apprise's, and holds the service's keys."""

    name: str
    url: str
    events: Sequence[Event] = USUAL


class ChannelNotFound(NotFound):
    """There is none, or it is another project's."""

    slug = "channel-not-found"

    def __init__(self, channel_id: UUID) -> None:
        super().__init__(
            f"There is no channel {channel_id} here. `GET` without it lists those that there are."
        )


class TooManyChannels(Conflict):
    """The project has as many as it may."""

    slug = "too-many-channels"

    def __init__(self, most: int) -> None:
        super().__init__(f"There may be {most} channels. Delete one that nobody reads.")


class ChannelNotTold(Conflict):
    """The service did not take the message of a test."""

    slug = "channel-not-told"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The message was not taken: {reason}. Check the channel's URL, and make it again.")


class Channels:
    """Channels of all projects; None instead of a project's id stands for the installation."""

    def __init__(
        self,
        database: Database,
        audit: AuditTrail,
        *,
        secrets: Secrets,
        settings: ChannelSettings,
        sender: AppriseSender,
        words: Words,
    ) -> None:
        self._database = database
        self._audit = audit
        self._secrets = secrets
        self._settings = settings
        self._sender = sender
        self._words = words
        self._tests = asyncio.Semaphore(_TESTS_AT_ONCE)
        # Of one project one at a time: whoever tries a service that never answers keeps nobody else waiting.
        self._turns: WeakValueDictionary[UUID | None, asyncio.Lock] = WeakValueDictionary()

    async def create(
        self, by: Principal, project_id: UUID | None, wish: NewChannel, address: str | None
    ) -> Channel:
        """Raises `Invalid` for a URL that is none, `TargetRefused` for one that leads inside a network, and
        `TooManyChannels`. Nothing is sent yet.
        """
        name, service = checked_name(wish.name), self._service_of(wish.url)
        await self._sender.check(wish.url)
        channel = Channel(
            id=new_id(),
            project_id=project_id,
            name=name,
            service=service,
            url_sealed=seal_url(self._secrets, wish.url),
            events=[event for event in Event if event in wish.events],
            created_by=by.user_id,
        )
        async with self._database.writing() as session:
            await self._require_room(session, project_id)
            session.add(channel)
            await self._tell(session, "channel.created", by, channel, address)
        return channel

    async def list(self, project_id: UUID | None) -> Sequence[Channel]:
        """The oldest first."""
        async with self._database.reading() as session:
            found = await session.scalars(select(Channel).where(_of(project_id)).order_by(Channel.id))
            return found.all()

    async def delete(
        self, by: Principal, project_id: UUID | None, channel_id: UUID, address: str | None
    ) -> None:
        """With what waits to be told there. Raises `ChannelNotFound`."""
        async with self._database.writing() as session:
            channel = await _existing(session, project_id, channel_id)
            await self._tell(session, "channel.deleted", by, channel, address)
            await session.execute(delete(Channel).where(Channel.id == channel_id))

    async def test(self, project_id: UUID | None, channel_id: UUID) -> None:
        """Send a message now. Raises `ChannelNotFound`, `ChannelNotTold`."""
        async with self._database.reading() as session:
            channel = await _existing(session, project_id, channel_id)
        turn = self._turns.setdefault(project_id, asyncio.Lock())
        try:
            async with turn, self._tests:
                await self._sender.send(opened_url(self._secrets, channel), self._words.test(), failed=False)
        except NotSent as fault:
            raise ChannelNotTold(fault.reason) from None

    def _service_of(self, url: str) -> str:
        service, separator, rest = url.strip().partition("://")
        if not separator or not rest or len(url) > _MOST_URL_CHARACTERS or not url.isprintable():
            raise Invalid(
                "This is no channel's URL. Write it as Apprise does: slack://TOKEN_A/TOKEN_B/TOKEN_C, say.",
                field="url",
            )
        if service.lower() not in self._settings.services:
            known = ", ".join(self._settings.services)
            raise Invalid(f"{service[:20]!r} is none of the services here: {known}.", field="url")
        return service.lower()

    async def _require_room(self, session: AsyncSession, project_id: UUID | None) -> None:
        if project_id is not None:
            await locked_project(session, project_id)
        else:
            await hold(session, "channels of the installation")
        count = await session.scalar(select(func.count()).select_from(Channel).where(_of(project_id)))
        if (count or 0) >= self._settings.most_of_a_project:
            raise TooManyChannels(self._settings.most_of_a_project)

    async def _tell(
        self, session: AsyncSession, action: str, by: Principal, channel: Channel, address: str | None
    ) -> None:
        detail = {"service": channel.service}
        deed = Deed(action, by, address, "channel", channel.id, channel.project_id, detail=detail)
        await self._audit.add(session, deed)


async def _existing(session: AsyncSession, project_id: UUID | None, channel_id: UUID) -> Channel:
    channel = await session.scalar(select(Channel).where(Channel.id == channel_id, _of(project_id)))
    if channel is None:
        raise ChannelNotFound(channel_id)
    return channel


def _of(project_id: UUID | None) -> ColumnElement[bool]:
    return Channel.project_id.is_(None) if project_id is None else Channel.project_id == project_id
