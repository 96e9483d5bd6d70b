"""The list, in the object store, of erased voices, which a restored database does not forget. Ids only."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.voice_models import KnownVoice
from surtitle.storage import ObjectStore

PREFIX = "voice-erasures"


class VoiceErasureList:
    """One small object a voice: its name says all."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def keep(self, voice_id: UUID) -> None:
        """Write the record; once more is no fault."""
        await self._store.put_bytes(f"{PREFIX}/{voice_id}.json", b"{}")

    async def all(self) -> AsyncIterator[UUID]:
        """Every voice, in the order of their enrolment."""
        keys = sorted([key async for key in self._store.keys(PREFIX) if key.endswith(".json")])
        for key in keys:
            yield UUID(key.removeprefix(f"{PREFIX}/").removesuffix(".json"))


async def remember_voice(session: AsyncSession, voice_id: UUID) -> None:
    """In a transaction of a restored database: a voice that is there again is being erased. It is recognised
    no more, and whoever resumes erasures does the rest.
    """
    there_again = KnownVoice.id == voice_id, KnownVoice.erasing_at.is_(None)
    await session.execute(update(KnownVoice).where(*there_again).values(erasing_at=utc_now()))
