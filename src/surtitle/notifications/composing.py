"""From letters in the table to a mail or a message: what it tells of is looked up now, and may be gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.post import LetterKind
from surtitle.accounts.secrets import Secrets
from surtitle.accounts.sessions import ACTIVE
from surtitle.config import Settings
from surtitle.db.account_models import Invitation, Project, User
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.db.notification_models import Channel, OutboxLetter
from surtitle.notifications.events import MAILED, TOLD_BY_JOBS, Event
from surtitle.notifications.languages import Manner, closest, manner_of
from surtitle.notifications.letters import Sealed
from surtitle.notifications.mailing import Mail
from surtitle.notifications.unsubscribing import Unsubscribing
from surtitle.notifications.words import DIGEST, Told, Words, Written


@dataclass(frozen=True, slots=True)
class Message:
    """What a channel is told. `url` is the channel's, opened: it holds keys."""

    url: str
    written: Written
    failed: bool
    """Whether it tells of something that went wrong."""


class Composer:
    """Writes what goes out."""

    def __init__(self, settings: Settings, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets
        self._words = Words(settings)
        self._unsubscribing = Unsubscribing(secrets, self._words.home)

    async def mail(self, letters: Sequence[OutboxLetter]) -> Mail | None:
        """None when there is nothing to tell any more: the person is gone, or all that it was about."""
        first = letters[0]
        sealed = Sealed.opened(self._secrets, first.payload)
        async with self._database.reading() as session:
            address, manner = await self._whom(session, first, sealed)
            facts = await self._facts(session, letters)
        if address is None or not facts:
            return None
        stop = None
        if first.user_id is not None and first.kind in MAILED:
            stop = self._unsubscribing.link(first.user_id, Event(first.kind))
        written = self._words.written(_told(first.kind, facts, stop), manner)
        return Mail(first.message_id or str(first.id), address, written, stop)

    async def message(self, letters: Sequence[OutboxLetter]) -> Message | None:
        """None when the channel, or all that it was to be told of, is gone."""
        async with self._database.reading() as session:
            channel = await session.get(Channel, letters[0].channel_id)
            facts = await self._facts(session, letters)
        if channel is None or not facts:
            return None
        written = self._words.written(_told(letters[0].kind, facts, None), Manner(self._words.usual))
        return Message(opened_url(self._secrets, channel), written, letters[0].kind == Event.JOB_FAILED)

    async def _whom(
        self, session: AsyncSession, letter: OutboxLetter, sealed: Sealed
    ) -> tuple[str | None, Manner]:
        if sealed.address is not None:
            zone = sealed.facts.get("time_zone", "UTC")
            return sealed.address, Manner(closest(letter.language, self._words.usual), zone)
        user = await session.get(User, letter.user_id) if letter.user_id else None
        if user is None or user.state != ACTIVE:
            return None, Manner(self._words.usual)
        return user.email, await manner_of(session, user.id, self._words.usual)

    async def _facts(
        self, session: AsyncSession, letters: Sequence[OutboxLetter]
    ) -> Sequence[Mapping[str, Any]]:
        first = letters[0]
        if first.kind == LetterKind.INVITATION and not await _is_open(session, first.object_id):
            return []
        if first.kind not in TOLD_BY_JOBS:
            return [Sealed.opened(self._secrets, letter.payload).facts for letter in letters]
        known = await _jobs(session, [letter.object_id for letter in letters if letter.object_id])
        found = [known[job_id] for letter in letters if (job_id := letter.object_id) in known and job_id]
        return [{**facts, "link": f"{self._words.home}/app/recordings/{facts['id']}"} for facts in found]


def seal_url(secrets: Secrets, url: str) -> str:
    """A channel's URL as it is stored."""
    return secrets.seal("channel", url)


def opened_url(secrets: Secrets, channel: Channel) -> str:
    return secrets.opened("channel", channel.url_sealed)


def _told(kind: str, facts: Sequence[Mapping[str, Any]], unsubscribe: str | None) -> Told:
    if len(facts) > 1:
        return Told(f"{kind}{DIGEST}", {"count": len(facts)}, facts, unsubscribe)
    counts = facts[0].get("counts", {})
    lines = [{"kind": what, "count": count} for what, count in counts.items()]
    return Told(kind, facts[0], lines, unsubscribe)


async def _is_open(session: AsyncSession, invitation_id: UUID | None) -> bool:
    if invitation_id is None:
        # Written by a version that did not say which one.
        return True
    found = select(Invitation.id).where(Invitation.id == invitation_id, Invitation.accepted_at.is_(None))
    return await session.scalar(found) is not None


async def _jobs(session: AsyncSession, job_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    rows = await session.execute(
        select(Job.id, Job.recipe, Job.error_kind, Media.name, Project.name.label("project"))
        .join(Project, Project.id == Job.project_id)
        .outerjoin(Media, Media.id == Job.media_id)
        .where(Job.id.in_(job_ids))
    )
    return {
        row.id: {
            "id": str(row.id),
            "recipe": row.recipe,
            # A prompt is not told, nor anything that was said: those stand in the job alone.
            "name": row.name or f"{row.recipe} {str(row.id)[-8:]}",
            "project": row.project,
            "error": row.error_kind or "unknown",
        }
        for row in rows
    }
