"""Erasing a voice: its embeddings, and its name wherever the voice put it.

`erasing_at` is written before anything goes: from then on nobody is recognised by it, and its name is put
nowhere. What follows can be repeated, so that an erasure whose process died is taken up again (`resume`), and
one that a restored database has forgotten is done again (`replay`).
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from surtitle.accounts.voice_erasure_list import VoiceErasureList, remember_voice
from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.voice_models import KnownVoice
from surtitle.jobs.amending import JobAmending
from surtitle.jobs.service import AlsoWrite
from surtitle.pipelines.voices.errors import VoiceNotFound
from surtitle.pipelines.voices.forgetting import VoiceForgetting
from surtitle.pipelines.voices.places import Places, meeting_that_holds_it, places_of
from surtitle.pipelines.voices.repository import VoiceRepository
from surtitle.pipelines.voices.traces import Retell, Traces
from surtitle.storage import ObjectStore
from surtitle.transcripts.scrubbing import HistoryScrubber

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VoiceErasure:
    """What went, by kind and number. Not `finished` while a job is worked on that may say the name: it then
    ends by itself, soon after that job has.
    """

    voice_id: UUID
    finished: bool
    erased: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ErasingParts:
    """What erasing rests on."""

    database: Database
    store: ObjectStore
    scrubber: HistoryScrubber
    amending: JobAmending
    forgetting: VoiceForgetting
    retell: Retell


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a voice stands; `under_way`: a job that may still say its name, or holds how it sounds."""

    places: Places
    under_way: UUID | None


class VoiceErasing:
    """Erases voices whole."""

    def __init__(self, parts: ErasingParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._list = VoiceErasureList(parts.store)

    async def erase(
        self, project_id: UUID, voice_id: UUID, also_write: AlsoWrite | None = None
    ) -> VoiceErasure:
        """From now on the voice is not recognised; everything of it goes, `also_write` with the last row.

        Raises `VoiceNotFound`.
        """
        async with self._database.writing() as session:
            voice = await VoiceRepository(session).get(project_id, voice_id, to_write=True)
            if voice is None:
                raise VoiceNotFound(voice_id)
            voice.erasing_at = voice.erasing_at or utc_now()
        await self._list.keep(voice_id)
        found = await self._found(project_id, voice_id)
        return await self._go_on(project_id, voice_id, found, also_write)

    async def resume(self) -> int:
        """Go on with what is unfinished; how many voices were looked at."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(KnownVoice.project_id, KnownVoice.id).where(KnownVoice.erasing_at.is_not(None))
            )
            waiting = [(project_id, voice_id) for project_id, voice_id in rows]
        for project_id, voice_id in waiting:
            try:
                # The process that began it may have died before.
                await self._list.keep(voice_id)
                found = await self._found(project_id, voice_id)
                # What could go at once went when it began.
                if found is None or found.under_way is None:
                    await self._go_on(project_id, voice_id, found, None)
            except Exception:
                # One that cannot be erased now must not keep the others.
                log.exception("voice %s could not be erased yet, which is tried again", voice_id)
        return len(waiting)

    async def replay(self) -> int:
        """After a restore: erase every voice of the list again; how many were there."""
        listed = [voice_id async for voice_id in self._list.all()]
        async with self._database.writing() as session:
            for voice_id in listed:
                await remember_voice(session, voice_id)
        return await self.resume()

    async def _found(self, project_id: UUID, voice_id: UUID) -> _Found | None:
        """None: somebody else has brought it to its end."""
        async with self._database.reading() as session:
            voice = await VoiceRepository(session).get(project_id, voice_id)
            if voice is None or voice.erasing_at is None:
                return None
            places = await places_of(session, voice)
            holder = await meeting_that_holds_it(session, project_id, voice.erasing_at)
        return _Found(places, places.busy or holder)

    async def _go_on(
        self, project_id: UUID, voice_id: UUID, found: _Found | None, also_write: AlsoWrite | None
    ) -> VoiceErasure:
        if found is None:
            return VoiceErasure(voice_id, finished=True)
        await self._parts.forgetting.forget_meetings(project_id)
        files = await self._out_of_places(voice_id, found.places)
        if found.under_way is not None:
            log.info("the erasure of voice %s ends when job %s has", voice_id, found.under_way)
            return VoiceErasure(voice_id, finished=False)
        erased = await self._remove(project_id, voice_id, found.places, also_write)
        if erased is None:
            return VoiceErasure(voice_id, finished=False)
        counts = {**erased, "transcripts": len(found.places.transcripts), "files": files}
        return VoiceErasure(voice_id, finished=True, erased={kind: n for kind, n in counts.items() if n})

    async def _out_of_places(self, voice_id: UUID, places: Places) -> int:
        """How many files of jobs that have ended were changed. Transcripts first: jobs take their texts."""
        for transcript_id, names in places.transcripts.items():
            await self._parts.scrubber.scrub(transcript_id, names)
        files = 0
        for job_id, names in places.jobs.items():
            if places.runs.get(job_id) is not None:
                traces = Traces(str(voice_id), names, self._parts.retell)
                files += await self._parts.amending.amend(job_id, traces.out_of_files, traces.out_of_document)
        return files

    async def _remove(
        self, project_id: UUID, voice_id: UUID, cleared: Places, also_write: AlsoWrite | None
    ) -> Mapping[str, int] | None:
        """None when a job ran since `cleared`: it may have read the name before, and written it after."""
        async with self._database.writing() as session:
            repository = VoiceRepository(session)
            voice = await repository.get(project_id, voice_id, to_write=True)
            if voice is None:
                # Somebody else brought it to its end.
                return {}
            if not cleared.unchanged_at(await places_of(session, voice)):
                return None
            if also_write is not None:
                await also_write(session)
            erased = await repository.remove(voice)
        await self._database.drop_traces()
        return erased
