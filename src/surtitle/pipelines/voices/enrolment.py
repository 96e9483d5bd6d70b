"""Learning a voice: from a clip, or from what a labelled speaker says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.voice_models import KnownVoice
from surtitle.ids import new_id
from surtitle.media.service import MediaService
from surtitle.pipelines.voices.clips import known_of, voiceprint_of
from surtitle.pipelines.voices.consent import Agreement, consent_of
from surtitle.pipelines.voices.details import VoiceDetail, details_of
from surtitle.pipelines.voices.errors import (
    AnotherVoice,
    ConsentOver,
    UnfitClip,
    VoiceBeingErased,
    VoiceKnownOtherwise,
    VoiceNameTaken,
)
from surtitle.pipelines.voices.labelled_turns import LabelledTurns, SpeakerPlace
from surtitle.pipelines.voices.listening import HeardVoice, VoiceListener, hear_file
from surtitle.pipelines.voices.matching import Certainty, Known, likenesses
from surtitle.pipelines.voices.names import checked_name, why_refused
from surtitle.pipelines.voices.repository import VoiceRepository
from surtitle.pipelines.voices.service import VoiceService, to_write
from surtitle.transcripts.shown_speakers import is_label

MOST_CLIPS = 20
"""Of one voice, heard by one encoder. More teach nothing more."""


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


class VoiceEnrolment:
    """Learns voices of all projects; every method names the project whose voices it may see."""

    def __init__(
        self,
        database: Database,
        service: VoiceService,
        *,
        media: MediaService,
        listener: VoiceListener,
        turns: LabelledTurns,
        certainty: Certainty,
    ) -> None:
        self._database = database
        self._service = service
        self._media = media
        self._listener = listener
        self._turns = turns
        self._certainty = certainty

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
        self._require_open(await self._service.get(project_id, voice_id))
        heard = await self._heard_file(clip, clip_name)
        return await self._added(project_id, voice_id, heard, None, alike=alike)

    async def add_speaker(
        self, project_id: UUID, voice_id: UUID, place: SpeakerPlace, *, alike: bool = False
    ) -> VoiceDetail:
        """One more clip, of a labelled speaker. Raises as `add_clip` and `enrol_speaker`."""
        self._require_open(await self._service.get(project_id, voice_id))
        heard = await self._listener.hear(await self._turns.sound(project_id, place))
        return await self._added(project_id, voice_id, heard, place, alike=alike)

    async def _heard_file(self, clip: Path, clip_name: str) -> HeardVoice:
        return await hear_file(self._listener, self._media, clip, clip_name)

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
                session.add(consent_of(voice_id, new.agreement, new.by))
                await _learn(session, voice, heard, place)
        except IntegrityError as error:
            raise await why_refused(self._database, project_id, name) from error
        return await self._service.get(project_id, voice_id)

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
            voice = await to_write(session, project_id, voice_id)
            repository = VoiceRepository(session)
            detail = (await details_of(repository, [voice]))[0]
            self._require_open(detail)
            # What another encoder heard compares with nothing that this one hears.
            known_clips = [clip.sha256 for clip in detail.clips if clip.encoder == heard.encoder]
            if heard.sha256 not in known_clips:
                if len(known_clips) >= MOST_CLIPS:
                    raise UnfitClip(
                        f"{voice.name!r} has {MOST_CLIPS} clips, which is the most. Take one away first.",
                        "enough-clips",
                    )
                if not alike:
                    known = known_of(await repository.compared(project_id, utc_now()))
                    self._require_same(heard, voice, known)
                await _learn(session, voice, heard, place)
                voice.updated_at = utc_now()
        return await self._service.get(project_id, voice_id)

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


async def _learn(
    session: AsyncSession, voice: KnownVoice, heard: HeardVoice, place: SpeakerPlace | None
) -> None:
    session.add(voiceprint_of(voice.id, heard, place))
    if place is not None and not is_label(place.speaker):
        await VoiceRepository(session).note_learned(voice, place.transcript_id, place.speaker)
