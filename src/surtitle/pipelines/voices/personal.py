"""Known voices as things that are erased with a person or a project, and taken along by a person."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.erasable import Scope, StillAtWork, Tally
from surtitle.accounts.export import ExportedFile, columns, json_file
from surtitle.db.engine import Database
from surtitle.db.voice_models import Consent, KnownVoice, Voiceprint
from surtitle.pipelines.voices.erasing import VoiceErasing
from surtitle.pipelines.voices.errors import VoiceNotFound
from surtitle.pipelines.voices.service import VoiceService

_OF_VOICE = ("id", "project_id", "name", "created_at", "updated_at")
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
        if scope.before is None:
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
        if scope.before is not None:
            return {}
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
            raise StillAtWork("A meeting in which a voice may be named")

    async def _forget_enroller(self, user_id: UUID) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(Consent).where(Consent.created_by == user_id).values(created_by=None)
            )


class VoiceExport:
    """The `Exportable` of known voices: those that the person enrolled, and their own."""

    def __init__(self, database: Database, voices: VoiceService) -> None:
        self._database = database
        self._voices = voices

    async def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        async with self._database.reading() as session:
            rows = await session.execute(
                select(KnownVoice.project_id, KnownVoice.id)
                .where(or_(KnownVoice.created_by == user_id, KnownVoice.user_id == user_id))
                .order_by(KnownVoice.id)
            )
            theirs = [(project_id, voice_id) for project_id, voice_id in rows]
        for project_id, voice_id in theirs:
            with suppress(VoiceNotFound):
                detail = await self._voices.get(project_id, voice_id)
                document = {
                    **columns(detail.voice, _OF_VOICE),
                    "own_voice": detail.voice.user_id == user_id,
                    "consents": [columns(one, _OF_CONSENT) for one in detail.consents],
                    "clips": [_clip(one) for one in detail.clips],
                }
                yield json_file(f"voices/{voice_id}.json", detail.voice.created_at, document)


def _clip(clip: Voiceprint) -> dict[str, object]:
    return {**columns(clip, _OF_CLIP), "embedding": clip.embedding.hex()}


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
