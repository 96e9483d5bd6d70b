"""Letters, choices and channels as things that are erased and exported with a person."""

from collections.abc import AsyncIterator, Mapping
from uuid import UUID

from sqlalchemy import ColumnElement, delete, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.erasable import Scope, Tally
from surtitle.accounts.export import ExportedFile, json_file
from surtitle.accounts.secrets import Secrets
from surtitle.db.account_models import User
from surtitle.db.engine import Database
from surtitle.db.notification_models import Channel, MailChoice, OutboxLetter
from surtitle.notifications.letters import recipient_of

_LETTERS, _CHOICES, _CHANNELS = "letters", "mail choices", "channels"


class NotificationsErasing:
    """The `Erasable` of this room. Letters to a person go with them, whoever made what they tell of."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets

    async def erase(self, scope: Scope, tally: Tally) -> None:
        async with self._database.writing() as session:
            await _drop(session, OutboxLetter, await self._letters(session, scope), _LETTERS, tally)
            await _drop(session, MailChoice, _choices(scope), _CHOICES, tally)
            await _drop(session, Channel, _channels(scope), _CHANNELS, tally)
            if scope.user_id is not None:
                await _unname(session, scope.user_id)

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        # None of it is what they made: it is what they were told, and what they chose.
        await self.erase(Scope(user_id=user_id), tally)

    async def found(self, scope: Scope) -> Mapping[str, int]:
        async with self._database.reading() as session:
            return {
                _LETTERS: await _count(session, OutboxLetter, await self._letters(session, scope)),
                _CHOICES: await _count(session, MailChoice, _choices(scope)),
                _CHANNELS: await _count(session, Channel, _channels(scope)),
            }

    async def _letters(self, session: AsyncSession, scope: Scope) -> ColumnElement[bool]:
        if scope.user_id is None:
            return OutboxLetter.project_id == scope.project_id if scope.project_id else false()
        email = await session.scalar(select(User.email).where(User.id == scope.user_id))
        theirs = OutboxLetter.user_id == scope.user_id
        if email is None:
            return theirs
        return or_(theirs, OutboxLetter.recipient == recipient_of(self._secrets, email))


class NotificationsExport:
    """The `Exportable` of this room: what a person chose, and which letters they were sent lately."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        async with self._database.reading() as session:
            user = await session.get(User, user_id)
            choices = await session.scalars(select(MailChoice).where(MailChoice.user_id == user_id))
            letters = await session.scalars(
                select(OutboxLetter).where(OutboxLetter.user_id == user_id).order_by(OutboxLetter.id)
            )
            document = {
                "mail_choices": {choice.event: choice.wanted for choice in choices},
                "letters": [_document(letter) for letter in letters],
            }
        if user is not None:
            yield json_file("notifications.json", user.created_at, document)


def _document(letter: OutboxLetter) -> dict[str, object]:
    return {
        "kind": letter.kind,
        "state": letter.state,
        "created_at": letter.created_at,
        "settled_at": letter.settled_at,
    }


def _choices(scope: Scope) -> ColumnElement[bool]:
    return MailChoice.user_id == scope.user_id if scope.user_id else false()


def _channels(scope: Scope) -> ColumnElement[bool]:
    """A person's channels in projects of others stay: they are the projects'."""
    return Channel.project_id == scope.project_id if scope.project_id else false()


async def _unname(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(update(Channel).where(Channel.created_by == user_id).values(created_by=None))


_Table = type[OutboxLetter] | type[MailChoice] | type[Channel]


async def _count(session: AsyncSession, table: _Table, which: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(table).where(which)) or 0


async def _drop(
    session: AsyncSession, table: _Table, which: ColumnElement[bool], kind: str, tally: Tally
) -> None:
    if count := await _count(session, table, which):
        await session.execute(delete(table).where(which))
        await tally(session, kind, count)
