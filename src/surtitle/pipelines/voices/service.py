"""What every surface may ask about known voices: enrol, list, rename, agree anew, take a clip away."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.voice_models import Consent, KnownVoice, Voiceprint
from surtitle.errors import Invalid, NotFound
from surtitle.ids import new_id
from surtitle.media.service import MediaService
from surtitle.paging import MAX_PAGE_SIZE, Page, decode_cursor, encode_cursor
from surtitle.pipelines.voices.consent import Agreement, in_force
from surtitle.pipelines.voices.errors import (
    AnotherVoice,
    ConsentOver,
    UnfitClip,
    VoiceBeingErased,
    VoiceKnownOtherwise,
    VoiceNameTaken,
    VoiceNotFound,
    VoicesChanged,
)
from surtitle.pipelines.voices.labelled_turns import LabelledTurns, SpeakerPlace
from surtitle.pipelines.voices.listening import HeardVoice, VoiceListener
from surtitle.pipelines.voices.matching import Certainty, Embedding, Known, likenesses, mean_of
from surtitle.pipelines.voices.repository import VoiceRepository

NAME_CHARACTERS = 120
MOST_CLIPS = 20
"""Of one voice. More teach nothing more."""

# A minute is used; what is around the speech may be as long again.
_CLIP_SECONDS = 120.0
_WIRE = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class VoiceDetail:
    """A voice with its consents, the newest first, and its clips."""

    voice: KnownVoice
    consents: Sequence[Consent]
    clips: Sequence[Voiceprint]

    @property
    def in_force(self) -> bool:
        """Whether it is compared with the speakers of recordings."""
        return self.voice.erasing_at is None and in_force(self.consents[0] if self.consents else None)


@dataclass(frozen=True, slots=True)
class NewVoice:
    """Who is to be known. `by` is the account that enrols, None for a key or the owner of the machine; `own`:
    it is that person's own voice. `alike`: never mind that it sounds like somebody known.
    """

    name: str
    agreement: Agreement
    by: UUID | None = None
    own: bool = False
    alike: bool = False


class VoiceService:
    """Voices of all projects; every method names the project whose voices it may see."""

    def __init__(
        self,
        database: Database,
        media: MediaService,
        listener: VoiceListener,
        turns: LabelledTurns,
        certainty: Certainty,
    ) -> None:
        self._database = database
        self._media = media
        self._listener = listener
        self._turns = turns
        self._certainty = certainty

    async def list(self, project_id: UUID, cursor: str | None, limit: int) -> Page[VoiceDetail]:
        """In the order in which they were enrolled."""
        limit = max(1, min(limit, MAX_PAGE_SIZE))
        async with self._database.reading() as session:
            repository = VoiceRepository(session)
            found = await repository.page(project_id, decode_cursor(cursor) if cursor else None, limit + 1)
            details = await _details(repository, found[:limit])
        return Page(details, encode_cursor(found[limit - 1].id) if len(found) > limit else None)

    async def get(self, project_id: UUID, voice_id: UUID) -> VoiceDetail:
        """Raises `VoiceNotFound`."""
        async with self._database.reading() as session:
            repository = VoiceRepository(session)
            voice = await repository.get(project_id, voice_id)
            if voice is None:
                raise VoiceNotFound(voice_id)
            return (await _details(repository, [voice]))[0]

    async def known(self, project_id: UUID) -> Sequence[Known]:
        """The voices to compare with: those with a consent that holds."""
        async with self._database.reading() as session:
            rows = await VoiceRepository(session).compared(project_id, utc_now())
        return known_of(rows)

    async def enrol(self, project_id: UUID, new: NewVoice, clip: Path, clip_name: str) -> VoiceDetail:
        """A new voice out of a file of sound, which is kept nowhere.

        Raises `VoiceNameTaken`, `VoiceKnownOtherwise`, `UnfitClip`, `NotMedia`.
        """
        await self._require_new(project_id, new)
        return await self._enrolled(project_id, new, await self._heard_file(clip, clip_name), None)

    async def enrol_speaker(self, project_id: UUID, new: NewVoice, place: SpeakerPlace) -> VoiceDetail:
        """A new voice out of what a labelled speaker of a transcript says. Raises as `enrol`, and
        `NothingOfSpeaker`.
        """
        await self._require_new(project_id, new)
        heard = await self._listener.hear(await self._turns.sound(project_id, place))
        return await self._enrolled(project_id, new, heard, place)

    async def add_clip(
        self, project_id: UUID, voice_id: UUID, clip: Path, clip_name: str, *, alike: bool = False
    ) -> VoiceDetail:
        """One more clip of a known voice. Raises `AnotherVoice`, `ConsentOver` and as `enrol`."""
        self._require_open(await self.get(project_id, voice_id))
        heard = await self._heard_file(clip, clip_name)
        return await self._added(project_id, voice_id, heard, None, alike=alike)

    async def add_speaker(
        self, project_id: UUID, voice_id: UUID, place: SpeakerPlace, *, alike: bool = False
    ) -> VoiceDetail:
        """One more clip, of a labelled speaker. Raises as `add_clip` and `enrol_speaker`."""
        self._require_open(await self.get(project_id, voice_id))
        heard = await self._listener.hear(await self._turns.sound(project_id, place))
        return await self._added(project_id, voice_id, heard, place, alike=alike)

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
                voice = await self._to_write(session, project_id, voice_id)
                voice.updated_at = utc_now()
                if name is not None:
                    _rename(voice, name)
                if agreement is not None:
                    session.add(_consent(voice_id, agreement, by))
        except IntegrityError as error:
            raise await self._taken(project_id, name or "") from error
        return await self.get(project_id, voice_id)

    async def remove_clip(self, project_id: UUID, voice_id: UUID, clip_id: UUID) -> VoiceDetail:
        """Forget what one clip taught. Without any the voice is known by name alone."""
        async with self._database.writing() as session:
            await self._to_write(session, project_id, voice_id)
            clip = await session.get(Voiceprint, clip_id)
            if clip is None or clip.voice_id != voice_id:
                raise NotFound(f"The voice {voice_id} has no clip {clip_id}.")
            await session.delete(clip)
        await self._database.drop_traces()
        return await self.get(project_id, voice_id)

    async def _heard_file(self, clip: Path, clip_name: str) -> HeardVoice:
        wav = await self._media.excerpt_of_file(clip, clip_name, [(0.0, _CLIP_SECONDS)])
        return await self._listener.hear(wav)

    async def _require_new(self, project_id: UUID, new: NewVoice) -> None:
        """What can be told before the sound is listened to."""
        new.agreement.require_sound()
        name, key = checked_name(new.name)
        async with self._database.reading() as session:
            if (known := await VoiceRepository(session).named(project_id, key)) is not None:
                raise VoiceNameTaken(name, known.id)

    async def _enrolled(
        self, project_id: UUID, new: NewVoice, heard: HeardVoice, place: SpeakerPlace | None
    ) -> VoiceDetail:
        name, key = checked_name(new.name)
        voice_id = new_id()
        voice = KnownVoice(
            id=voice_id, project_id=project_id, created_by=new.by, name=name, name_key=key,
            user_id=new.by if new.own else None,
        )  # fmt: skip
        try:
            async with self._database.writing() as session:
                rows = await VoiceRepository(session).compared(project_id, utc_now())
                if not new.alike:
                    self._require_stranger(heard, known_of(rows))
                session.add(voice)
                await session.flush()
                session.add(_consent(voice_id, new.agreement, new.by))
                session.add(_print(voice_id, heard, place))
        except IntegrityError as error:
            raise await self._taken(project_id, name) from error
        return await self.get(project_id, voice_id)

    async def _added(
        self,
        project_id: UUID,
        voice_id: UUID,
        heard: HeardVoice,
        place: SpeakerPlace | None,
        *,
        alike: bool,
    ) -> VoiceDetail:
        async with self._database.writing() as session:
            voice = await self._to_write(session, project_id, voice_id)
            repository = VoiceRepository(session)
            detail = (await _details(repository, [voice]))[0]
            self._require_open(detail)
            if not any(clip.sha256 == heard.sha256 for clip in detail.clips):
                if len(detail.clips) >= MOST_CLIPS:
                    raise UnfitClip(
                        f"{voice.name!r} has {MOST_CLIPS} clips, which is the most. Take one away first.",
                        "enough-clips",
                    )
                if not alike:
                    known = known_of(await repository.compared(project_id, utc_now()))
                    self._require_same(heard, voice, known)
                session.add(_print(voice_id, heard, place))
                voice.updated_at = utc_now()
        return await self.get(project_id, voice_id)

    def _require_stranger(self, heard: HeardVoice, known: Sequence[Known]) -> None:
        ranked = likenesses(heard.encoder, heard.embedding, known)
        if ranked and ranked[0].score >= self._certainty.threshold_of(heard.encoder):
            best = ranked[0]
            raise VoiceKnownOtherwise(best.known.name, best.known.voice_id, best.score)

    def _require_same(self, heard: HeardVoice, voice: KnownVoice, known: Sequence[Known]) -> None:
        self._require_stranger(heard, [one for one in known if one.voice_id != voice.id])
        mine = likenesses(heard.encoder, heard.embedding, [one for one in known if one.voice_id == voice.id])
        if mine and mine[0].score < self._certainty.threshold_of(heard.encoder):
            raise AnotherVoice(voice.name, mine[0].score)

    def _require_open(self, detail: VoiceDetail) -> None:
        if detail.voice.erasing_at is not None:
            raise VoiceBeingErased(detail.voice.id)
        if not detail.in_force:
            raise ConsentOver(detail.voice.name)

    async def _to_write(self, session: AsyncSession, project_id: UUID, voice_id: UUID) -> KnownVoice:
        voice = await VoiceRepository(session).get(project_id, voice_id, to_write=True)
        if voice is None:
            raise VoiceNotFound(voice_id)
        if voice.erasing_at is not None:
            raise VoiceBeingErased(voice_id)
        return voice

    async def _taken(self, project_id: UUID, name: str) -> VoiceNameTaken | VoicesChanged:
        shown, key = checked_name(name)
        async with self._database.reading() as session:
            known = await VoiceRepository(session).named(project_id, key)
        if known is None:
            return VoicesChanged("Somebody changed these voices at the same moment. Send it again.")
        return VoiceNameTaken(shown, known.id)


def checked_name(name: str) -> tuple[str, str]:
    """The name as it is shown, and as names are compared. Raises `Invalid`."""
    shown = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    if not shown or len(shown) > NAME_CHARACTERS:
        raise Invalid(f"A name has 1 to {NAME_CHARACTERS} characters.", field="name")
    return shown, shown.casefold()[: 2 * NAME_CHARACTERS]


def known_of(rows: Sequence[tuple[KnownVoice, Voiceprint]]) -> list[Known]:
    """One `Known` for each voice and encoder: the mean of its clips."""
    gathered: dict[tuple[UUID, str], list[Embedding]] = {}
    names = {}
    for voice, clip in rows:
        names[voice.id] = voice.name
        gathered.setdefault((voice.id, clip.encoder), []).append(np.frombuffer(clip.embedding, dtype=_WIRE))
    return [
        Known(voice_id, names[voice_id], encoder, mean_of(embeddings))
        for (voice_id, encoder), embeddings in gathered.items()
    ]


async def _details(repository: VoiceRepository, voices: Sequence[KnownVoice]) -> Sequence[VoiceDetail]:
    ids = [voice.id for voice in voices]
    consents, clips = await repository.consents(ids), await repository.prints(ids)
    return [VoiceDetail(voice, consents[voice.id], clips[voice.id]) for voice in voices]


def _rename(voice: KnownVoice, name: str) -> None:
    before, (voice.name, voice.name_key) = voice.name, checked_name(name)
    if before != voice.name:
        voice.former_names = [*(one for one in voice.former_names if one != before), before]


def _consent(voice_id: UUID, agreement: Agreement, by: UUID | None) -> Consent:
    return Consent(
        voice_id=voice_id,
        given_by=agreement.given_by,
        purpose=agreement.purpose,
        given_at=agreement.given_at,
        expires_at=agreement.expires_at,
        created_by=by,
    )


def _print(voice_id: UUID, heard: HeardVoice, place: SpeakerPlace | None) -> Voiceprint:
    return Voiceprint(
        voice_id=voice_id,
        encoder=heard.encoder,
        embedding=heard.embedding.astype(_WIRE).tobytes(),
        sha256=heard.sha256,
        speech_seconds=round(heard.facts.speech_seconds, 2),
        noise_decibels=round(heard.facts.noise_decibels, 1),
        transcript_id=place.transcript_id if place else None,
        speaker=place.speaker if place else None,
    )
