"""Which letters go next, and with which others: one mail tells of many where one each would be a storm.

A claim is a lease. What a process that died had claimed is free again when the lease ends, and goes out in
the same mail as before, with the same Message-ID: whoever got it already can tell that it is the same.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from surtitle.clock import utc_now
from surtitle.config import MailSettings
from surtitle.db.engine import Database
from surtitle.db.locks import hold
from surtitle.db.notification_models import Channel, OutboxLetter
from surtitle.db.time import epoch_now
from surtitle.notifications.events import MAIL, Event

LEASE_SECONDS = 300.0
"""Longer than sending anything may take."""
LONGEST_REST_SECONDS = 86_400.0
"""No letter is put off for longer: one that is due later was put off by a clock that was wrong."""
WAITING, SENT, FAILED = "waiting", "sent", "failed"
MOST_TOGETHER = 500

# Of all processes' messages, to the channels of one project. A service that never answers takes up one lane.
_OF_PROJECT_AT_ONCE = 1
_TOGETHER = frozenset(Event)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Letters that go out as one, and are this process's until the lease ends."""

    claim: str
    letters: Sequence[OutboxLetter]

    @property
    def first(self) -> OutboxLetter:
        return self.letters[0]


class Claims:
    """Hands out letters that are due, each to one process."""

    def __init__(self, database: Database, settings: MailSettings) -> None:
        self._database = database
        self._most = settings.most_of_a_kind
        self._window = timedelta(minutes=settings.window_minutes)

    async def next(self, channel: str) -> Parcel | None:
        """What is due longest this way, with what goes along; None when nothing is, or others are at it.

        A project whose channels answer slowly, or never, holds up its own messages and nobody else's.
        """
        while (candidate := await self._candidate(channel)) is not None:
            async with self._database.writing() as session:
                if candidate.kind in _TOGETHER:
                    letters = await self._of_a_kind(session, candidate)
                else:
                    letters = await _oldest_single(session, channel)
                    if not letters:
                        return None
                if letters:
                    return await _claimed(session, letters)
            # That one has to wait, or is another's by now: look for the next.
        return None

    async def _candidate(self, channel: str) -> OutboxLetter | None:
        async with self._database.reading() as session:
            # Looked for without the lock that writers take: mostly there is nothing.
            return await session.scalar(_oldest_due(channel))

    async def _of_a_kind(self, session: AsyncSession, candidate: OutboxLetter) -> Sequence[OutboxLetter]:
        """The candidate with all that is told along with it; nothing when it has to wait."""
        same = (candidate.channel, candidate.user_id, candidate.channel_id, candidate.kind)
        # Whoever counts what is on its way, or mails of a kind to a person, does so alone: of two, the second
        # sees the first's.
        if candidate.channel != MAIL:
            await hold(session, "outbox", candidate.channel, candidate.project_id)
        await hold(session, "outbox", *same)
        due = _oldest_due(candidate.channel).where(OutboxLetter.id == candidate.id)
        first = await session.scalar(due.with_for_update())
        if first is None:
            return []
        if first.message_id is not None:
            begun = (OutboxLetter.message_id == first.message_id, OutboxLetter.state == WAITING)
            return (await session.scalars(_locked(*begun))).all()
        alike = _alike(first)
        room = self._most - await self._mails_lately(session, alike)
        fresh = (alike, OutboxLetter.state == WAITING, OutboxLetter.message_id.is_(None))
        if room <= 0:
            await self._put_off(session, *fresh)
            return []
        waiting = (await session.scalars(_locked(*fresh))).all()
        return [first] if len(waiting) <= room else waiting

    async def _mails_lately(self, session: AsyncSession, alike: ColumnElement[bool]) -> int:
        """How many went out in the window, or are still to be taken by a server."""
        gone = and_(OutboxLetter.state == SENT, OutboxLetter.settled_at > utc_now() - self._window)
        begun = and_(OutboxLetter.state == WAITING, OutboxLetter.message_id.is_not(None))
        counted = select(func.count(func.distinct(OutboxLetter.message_id))).where(alike, or_(gone, begun))
        return await session.scalar(counted) or 0

    async def _put_off(self, session: AsyncSession, *which: ColumnElement[bool]) -> None:
        """All that is due of them, however many: one that stayed due would be the next candidate at once."""
        due = select(OutboxLetter.id).where(*which, _due()).with_for_update(skip_locked=True)
        # Looked at a few times within the window: there is room as soon as the first mail is old enough.
        rest_seconds = self._window.total_seconds() / self._most
        await session.execute(
            update(OutboxLetter)
            .where(OutboxLetter.id.in_(due))
            .values(due_epoch=epoch_now() + rest_seconds)
            .execution_options(synchronize_session=False)
        )


async def _claimed(session: AsyncSession, letters: Sequence[OutboxLetter]) -> Parcel:
    claim = secrets.token_hex(16)
    message_id = letters[0].message_id or str(letters[0].id)
    ids = [letter.id for letter in letters]
    await session.execute(
        update(OutboxLetter)
        .where(OutboxLetter.id.in_(ids))
        .values(
            claim=claim,
            message_id=message_id,
            attempts=OutboxLetter.attempts + 1,
            lease_until_epoch=epoch_now() + LEASE_SECONDS,
        )
        .execution_options(synchronize_session=False)
    )
    held = select(OutboxLetter).where(OutboxLetter.claim == claim).order_by(OutboxLetter.id)
    rows = await session.scalars(held.execution_options(populate_existing=True))
    return Parcel(claim, rows.all())


def _due() -> ColumnElement[bool]:
    due, lease, now = OutboxLetter.due_epoch, OutboxLetter.lease_until_epoch, epoch_now()
    return and_(
        OutboxLetter.state == WAITING,
        # Either may lie too far ahead: then the clock was set back since.
        or_(due <= now, due > now + LONGEST_REST_SECONDS),
        or_(lease.is_(None), lease <= now, lease > now + LEASE_SECONDS),
    )


def _oldest_due(channel: str) -> Select[OutboxLetter]:
    order = (OutboxLetter.due_epoch, OutboxLetter.id)
    found = select(OutboxLetter).where(OutboxLetter.channel == channel, _due())
    if channel != MAIL:
        found = found.where(OutboxLetter.channel_id.not_in(_channels_of_busy_projects()))
    return found.order_by(*order).limit(1)


def _channels_of_busy_projects() -> Select[UUID]:
    """Those of projects to whose channels as much is on its way as may be; never the installation's own."""
    under_way, told, now = aliased(OutboxLetter), aliased(Channel), epoch_now()
    lease = under_way.lease_until_epoch
    busy = (
        select(told.project_id)
        .join(under_way, under_way.channel_id == told.id)
        .where(under_way.state == WAITING, lease > now, lease <= now + LEASE_SECONDS)
        .group_by(told.project_id)
        .having(func.count(func.distinct(under_way.claim)) >= _OF_PROJECT_AT_ONCE)
    )
    return select(Channel.id).where(Channel.project_id.in_(busy))


async def _oldest_single(session: AsyncSession, channel: str) -> Sequence[OutboxLetter]:
    """A letter that goes by itself, whatever else there is to tell."""
    wanted = _oldest_due(channel).where(OutboxLetter.kind.not_in(_TOGETHER)).with_for_update(skip_locked=True)
    return (await session.scalars(wanted)).all()


def _locked(*which: ColumnElement[bool]) -> Select[OutboxLetter]:
    found = select(OutboxLetter).where(*which).order_by(OutboxLetter.id).limit(MOST_TOGETHER)
    return found.with_for_update(skip_locked=True)


def _alike(letter: OutboxLetter) -> ColumnElement[bool]:
    return and_(
        OutboxLetter.channel == letter.channel,
        OutboxLetter.kind == letter.kind,
        OutboxLetter.user_id == letter.user_id,
        OutboxLetter.channel_id == letter.channel_id,
    )
