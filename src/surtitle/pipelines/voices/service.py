"""What every surface may ask about known voices: list, rename, agree anew, take a clip away."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.voice_models import KnownVoice, Voiceprint
from surtitle.errors import NotFound
from surtitle.paging import MAX_PAGE_SIZE, Page, decode_cursor, encode_cursor
from surtitle.pipelines.voices.clips import known_of
from surtitle.pipelines.voices.consent import Agreement, consent_of
from surtitle.pipelines.voices.details import VoiceDetail, details_of
from surtitle.pipelines.voices.errors import VoiceBeingErased, VoiceNotFound
from surtitle.pipelines.voices.matching import Known
from surtitle.pipelines.voices.names import rename, why_refused
from surtitle.pipelines.voices.repository import VoiceRepository


class VoiceService:
    """Voices of all projects; every method names the project whose voices it may see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, project_id: UUID, cursor: str | None, limit: int) -> Page[VoiceDetail]:
        """In the order in which they were enrolled."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        async with self._database.reading() as session:
            repository = VoiceRepository(session)
            found = await repository.page(project_id, decode_cursor(cursor) if cursor else None, limit + 1)
            details = await details_of(repository, found[:limit])
        return Page(details, encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    async def get(self, project_id: UUID, voice_id: UUID) -> VoiceDetail:
        """Raises `VoiceNotFound`."""
        async with self._database.reading() as session:
            repository = VoiceRepository(session)
            voice = await repository.get(project_id, voice_id)
            if voice is None:
                raise VoiceNotFound(voice_id)
            return (await details_of(repository, [voice]))[0]

    async def known(self, project_id: UUID) -> Sequence[Known]:
        """The voices to compare with: those with a consent that holds."""
        async with self._database.reading() as session:
            rows = await VoiceRepository(session).compared(project_id, utc_now())
        return known_of(rows)

    async def change(
        self,
        project_id: UUID,
        voice_id: UUID,
        *,
        name: str | None = None,
        agreement: Agreement | None = None,
        by: UUID | None = None,
    ) -> VoiceDetail:
        """Another name, a new consent, or both. Names in past meetings stay: `VoiceNaming` changes them."""
        if agreement is not None:
            agreement.require_sound()
        try:
            async with self._database.writing() as session:
                voice = await to_write(session, project_id, voice_id)
                voice.updated_at = utc_now()
                if name is not None:
                    rename(voice, name)
                if agreement is not None:
                    session.add(consent_of(voice_id, agreement, by))
        except IntegrityError as error:
            raise await why_refused(self._database, project_id, name or "") from error
        return await self.get(project_id, voice_id)

    async def remove_clip(self, project_id: UUID, voice_id: UUID, clip_id: UUID) -> VoiceDetail:
        """Forget what one clip taught. Without any the voice is known by name alone."""
        async with self._database.writing() as session:
            await to_write(session, project_id, voice_id)
            clip = await session.get(Voiceprint, clip_id)
            if clip is None or clip.voice_id != voice_id:
                raise NotFound(f"The voice {voice_id} has no clip {clip_id}.")
            await session.delete(clip)
        await self._database.drop_traces()
        return await self.get(project_id, voice_id)


async def to_write(session: AsyncSession, project_id: UUID, voice_id: UUID) -> KnownVoice:
    """The voice, held until the transaction ends. Raises `VoiceNotFound`, `VoiceBeingErased`."""
    voice = await VoiceRepository(session).get(project_id, voice_id, to_write=True)
    if voice is None:
        raise VoiceNotFound(voice_id)
    if voice.erasing_at is not None:
        raise VoiceBeingErased(voice_id)
    return voice
