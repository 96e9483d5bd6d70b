"""The rows of known voices, always within one project."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.voice_models import Consent, KnownVoice, SpeakerLabel, Voiceprint

_LABELS_OF_PEOPLE_FROM = 101


class VoiceRepository:
    """Queries over one session. Holds no rules: those live in the services."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, project_id: UUID, voice_id: UUID, *, to_write: bool = False) -> KnownVoice | None:
        query = select(KnownVoice).where(KnownVoice.id == voice_id, KnownVoice.project_id == project_id)
        return await self._session.scalar(query.with_for_update() if to_write else query)

    async def named(self, project_id: UUID, name_key: str) -> KnownVoice | None:
        return await self._session.scalar(
            select(KnownVoice).where(KnownVoice.project_id == project_id, KnownVoice.name_key == name_key)
        )

    async def page(self, project_id: UUID, after: UUID | None, limit: int) -> Sequence[KnownVoice]:
        """In the order in which they were enrolled, those after the id `after`."""
        query = select(KnownVoice).where(KnownVoice.project_id == project_id)
        if after is not None:
            query = query.where(KnownVoice.id > after)
        return (await self._session.scalars(query.order_by(KnownVoice.id).limit(limit))).all()

    async def consents(self, voice_ids: Sequence[UUID]) -> dict[UUID, list[Consent]]:
        """Of each voice, the newest first."""
        rows = await self._session.scalars(
            select(Consent).where(Consent.voice_id.in_(voice_ids)).order_by(Consent.id.desc())
        )
        found: dict[UUID, list[Consent]] = {voice_id: [] for voice_id in voice_ids}
        for row in rows:
            found[row.voice_id].append(row)
        return found

    async def prints(self, voice_ids: Sequence[UUID]) -> dict[UUID, list[Voiceprint]]:
        """Of each voice, the oldest first."""
        rows = await self._session.scalars(
            select(Voiceprint).where(Voiceprint.voice_id.in_(voice_ids)).order_by(Voiceprint.id)
        )
        found: dict[UUID, list[Voiceprint]] = {voice_id: [] for voice_id in voice_ids}
        for row in rows:
            found[row.voice_id].append(row)
        return found

    async def compared(self, project_id: UUID, now: datetime) -> Sequence[tuple[KnownVoice, Voiceprint]]:
        """What may be compared with: voices whose newest consent holds, and that are not being erased."""
        newest = _newest_consents().subquery()
        query = (
            select(KnownVoice, Voiceprint)
            .join(Voiceprint, Voiceprint.voice_id == KnownVoice.id)
            .join(newest, newest.c.voice_id == KnownVoice.id)
            .join(Consent, Consent.id == newest.c.id)
            .where(
                KnownVoice.project_id == project_id,
                KnownVoice.erasing_at.is_(None),
                Consent.expires_at.is_(None) | (Consent.expires_at > now),
            )
            .order_by(KnownVoice.id, Voiceprint.id)
        )
        return [(voice, voiceprint) for voice, voiceprint in await self._session.execute(query)]

    async def expired(self, before: datetime) -> Sequence[tuple[UUID, UUID]]:
        """Project and id of voices whose newest consent ended before then."""
        newest = _newest_consents().subquery()
        rows = await self._session.execute(
            select(KnownVoice.project_id, KnownVoice.id)
            .join(newest, newest.c.voice_id == KnownVoice.id)
            .join(Consent, Consent.id == newest.c.id)
            .where(Consent.expires_at <= before)
        )
        return [(project_id, voice_id) for project_id, voice_id in rows]

    async def alive(self, voice_ids: Sequence[UUID]) -> set[UUID]:
        """Those that are not being erased; none of them begins to be before the transaction ends."""
        rows = await self._session.scalars(
            select(KnownVoice.id)
            .where(KnownVoice.id.in_(voice_ids), KnownVoice.erasing_at.is_(None))
            .order_by(KnownVoice.id)
            .with_for_update()
        )
        return set(rows)

    async def labels(self, voice_id: UUID) -> Sequence[SpeakerLabel]:
        """The oldest first."""
        return (
            await self._session.scalars(
                select(SpeakerLabel)
                .where(SpeakerLabel.voice_id == voice_id)
                .order_by(SpeakerLabel.created_at, SpeakerLabel.id)
            )
        ).all()

    async def labels_in(self, transcript_id: UUID) -> Sequence[SpeakerLabel]:
        """Of all voices."""
        return (
            await self._session.scalars(
                select(SpeakerLabel).where(SpeakerLabel.transcript_id == transcript_id)
            )
        ).all()

    async def note(self, labels: Sequence[SpeakerLabel]) -> None:
        """Add those that are not there yet. None is ever changed: files and revisions still say old names."""
        for label in labels:
            known = await self._session.scalar(
                select(SpeakerLabel.id).where(
                    SpeakerLabel.voice_id == label.voice_id,
                    SpeakerLabel.transcript_id == label.transcript_id,
                    SpeakerLabel.job_id == label.job_id,
                    SpeakerLabel.speaker == label.speaker,
                    SpeakerLabel.name == label.name,
                )
            )
            if known is None:
                self._session.add(label)

    async def note_learned(self, voice: KnownVoice, transcript_id: UUID, name: str) -> None:
        """A person called a speaker so, and the voice is learned from there: the name goes with the voice.

        What the recording calls that speaker is not known, so they get a label that no recording has.
        """
        rows = await self.labels_in(transcript_id)
        if any(row.voice_id == voice.id and row.name == name for row in rows):
            return
        taken = {row.speaker for row in rows}
        labels = (f"speaker_{number}" for number in count(_LABELS_OF_PEOPLE_FROM))
        free = next(label for label in labels if label not in taken)
        self._session.add(
            SpeakerLabel(
                voice_id=voice.id, transcript_id=transcript_id, speaker=free, project_id=voice.project_id,
                name=name,
            )
        )  # fmt: skip

    async def remove(self, voice: KnownVoice) -> dict[str, int]:
        """Drop the voice with all its rows; how many of each kind went."""
        gone = {"voices": 1}
        for kind, table in (("voiceprints", Voiceprint), ("consents", Consent), ("names", SpeakerLabel)):
            mine = table.voice_id == voice.id
            gone[kind] = await self._session.scalar(select(func.count()).select_from(table).where(mine)) or 0
            await self._session.execute(delete(table).where(mine))
        await self._session.delete(voice)
        return gone


def _newest_consents() -> Select[UUID, UUID]:
    # Ids are made in the order of time, and PostgreSQL has no max() of them.
    later = Consent.__table__.alias("later")
    newer = select(later.c.id).where(later.c.voice_id == Consent.voice_id, later.c.id > Consent.id)
    return select(Consent.id, Consent.voice_id).where(~newer.exists())
