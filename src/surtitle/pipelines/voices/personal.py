"""Known voices as things that are erased with a person or a project, and taken along by a person."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.erasable import Scope, StillAtWork, Tally
from surtitle.accounts.export import ExportedFile, columns, json_file
from surtitle.db.account_models import Membership
from surtitle.db.engine import Database
from surtitle.db.voice_models import Consent, KnownVoice, Voiceprint
from surtitle.pipelines.voices.details import VoiceDetail
from surtitle.pipelines.voices.erasing import VoiceErasing
from surtitle.pipelines.voices.errors import VoiceNotFound
from surtitle.pipelines.voices.service import VoiceService

_OF_VOICE = ("id", "project_id", "name", "created_at", "updated_at")
_OF_ANOTHERS = ("id", "project_id", "created_at", "updated_at")
_OF_CONSENT = ("given_by", "purpose", "given_at", "expires_at", "created_at")
_OF_CLIP = ("id", "encoder", "speech_seconds", "noise_decibels", "transcript_id", "speaker", "created_at")


class VoicesErasing:
    """The `Erasable` of known voices. A person's own voice goes whoever enrolled it. None goes by age: a
    consent says how long it is kept.
    """

    def __init__(self, database: Database, erasing: VoiceErasing) -> None:
        self._database = database
        self._erasing = erasing

    async def erase(self, scope: Scope, tally: Tally) -> None:
        await self._erase(_going(scope), tally)
        if scope.user_id is not None:
            await self._forget_enroller(scope.user_id)

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        """How somebody sounds cannot be made anonymous: their own voice goes all the same."""
        await self._erase(KnownVoice.user_id == user_id, tally)
        async with self._database.writing() as session:
            changed = await session.scalars(
                update(KnownVoice)
                .where(KnownVoice.created_by == user_id)
                .values(created_by=None)
                .returning(KnownVoice.id)
            )
            await tally(session, "voices without a name", len(changed.all()))
        await self._forget_enroller(user_id)

    async def found(self, scope: Scope) -> Mapping[str, int]:
        async with self._database.reading() as session:
            count = await session.scalar(select(func.count()).select_from(KnownVoice).where(_going(scope)))
        return {"voices": count or 0}

    async def _erase(self, which: ColumnElement[bool], tally: Tally) -> None:
        async with self._database.reading() as session:
            rows = await session.execute(select(KnownVoice.project_id, KnownVoice.id).where(which))
            going = [(project_id, voice_id) for project_id, voice_id in rows]
        unfinished = 0
        for project_id, voice_id in going:
            with suppress(VoiceNotFound):
                done = await self._erasing.erase(project_id, voice_id, partial(_count, voice_id, tally))
                unfinished += not done.finished
        if unfinished:
            raise StillAtWork("A job that may name a voice")

    async def _forget_enroller(self, user_id: UUID) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(Consent).where(Consent.created_by == user_id).values(created_by=None)
            )


class VoiceExport:
    """The `Exportable` of known voices: the person's own whole, and of those of others, which they enrolled,
    that they did. How somebody else sounds, and what that one agreed to, is theirs.
    """

    def __init__(self, database: Database, voices: VoiceService) -> None:
        self._database = database
        self._voices = voices

    async def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        async with self._database.reading() as session:
            own = (await session.scalars(select(KnownVoice).where(KnownVoice.user_id == user_id))).all()
            enrolled = (await session.scalars(_enrolled_for_others(user_id))).all()
        for voice in own:
            with suppress(VoiceNotFound):
                yield _own(await self._voices.get(voice.project_id, voice.id))
        for voice in enrolled:
            document = {**columns(voice, _OF_ANOTHERS), "own_voice": False}
            yield json_file(f"voices/{voice.id}.json", voice.created_at, document)


def _enrolled_for_others(user_id: UUID) -> Select[KnownVoice]:
    """In projects that the person is still a member of."""
    return (
        select(KnownVoice)
        .join(Membership, Membership.project_id == KnownVoice.project_id)
        .where(
            Membership.user_id == user_id,
            KnownVoice.created_by == user_id,
            KnownVoice.user_id.is_distinct_from(user_id),
        )
    )


def _own(detail: VoiceDetail) -> ExportedFile:
    document = {
        **columns(detail.voice, _OF_VOICE),
        "own_voice": True,
        "consents": [columns(one, _OF_CONSENT) for one in detail.consents],
        "clips": [{**columns(one, _OF_CLIP), "embedding": one.embedding.hex()} for one in detail.clips],
    }
    return json_file(f"voices/{detail.voice.id}.json", detail.voice.created_at, document)


async def _count(voice_id: UUID, tally: Tally, session: AsyncSession) -> None:
    mine = Voiceprint.voice_id == voice_id
    clips = await session.scalar(select(func.count()).select_from(Voiceprint).where(mine))
    await tally(session, "voices")
    await tally(session, "voiceprints", clips or 0)


def _going(scope: Scope) -> ColumnElement[bool]:
    conditions: Sequence[ColumnElement[bool]] = [false()]
    if scope.user_id is not None:
        conditions = [KnownVoice.created_by == scope.user_id, KnownVoice.user_id == scope.user_id]
    elif scope.project_id is not None:
        conditions = [KnownVoice.project_id == scope.project_id]
    return or_(*conditions)
