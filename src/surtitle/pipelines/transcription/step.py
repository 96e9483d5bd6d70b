"""The step `transcription`: sound out of the media, windows out of the engine, a transcript at the end."""

import asyncio
import threading
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from surtitle.domain.options import TranscriptionOptions
from surtitle.engines.host import EngineHost
from surtitle.errors import Invalid
from surtitle.jobs.parts import JobParts
from surtitle.media.sound import SoundFacts, extract_sound
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.transcription.growing import GrowingTranscript, told_language
from surtitle.pipelines.transcription.hearing import Ear
from surtitle.pipelines.transcription.pace import Pace
from surtitle.pipelines.transcription.saving import retell, save_transcript
from surtitle.pipelines.transcription.selection import EngineSelector, Selection
from surtitle.pipelines.transcription.sharing import SharedHearing, WholeSound
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.numbers import restyling_warning
from surtitle.transcripts.publishing import chosen_text, publish


class _Stopped(Exception):
    """Ends the decoding thread when its job was stopped."""


class TranscriptionStep:
    """Each settled window is checkpointed together with the events that tell of its words, so a job
    that runs again neither repeats nor loses one. Without `shares`, other workers are never asked for help.
    """

    def __init__(
        self, host: EngineHost, selector: EngineSelector, archive: RevisionArchive, *, shares: bool = True
    ) -> None:
        self._host = host
        self._selector = selector
        self._archive = archive
        self._shares = shares

    async def run(self, context: StepContext[TranscriptionOptions]) -> None:
        work = context.work
        if (text := await chosen_text(work, self._archive)) is not None:
            await retell(context, text)
            return
        selection = await asyncio.to_thread(self._selector.select, context.options)
        sound_path = work.scratch / "sound.wav"
        sound = await self._extract(context, sound_path)
        for warning in sound.warnings:
            await work.warn(warning, step=context.name)
        growing = GrowingTranscript(context, sound.duration_seconds)
        await growing.resume()
        if growing.next.sample < max(sound.sample_count, 1):
            whole = WholeSound.of(sound_path, sound.sample_count, work.settings)
            await self._hear(context, selection, growing, whole)
        transcript = growing.transcript(replace(selection.origin, task=context.options.task))
        languages = {told_language(context.options) or segment.language for segment in transcript.segments}
        if unstyled := restyling_warning(context.options.number_style, languages):
            await work.warn(unstyled, step=context.name)
        await save_transcript(work, transcript)
        await publish(work, transcript)
        sound_path.unlink()

    async def _extract(self, context: StepContext[TranscriptionOptions], output: Path) -> SoundFacts:
        work = context.work
        if work.media is None:
            raise Invalid("This recipe needs a recording: start the job with a media_id.", field="media_id")
        stop = threading.Event()

        def on_progress(_seconds: float) -> None:
            if stop.is_set():
                raise _Stopped

        media = work.media
        async with work.store.as_file(media.object_key, work.scratch, sha256=media.sha256) as source:
            try:
                return await asyncio.to_thread(
                    extract_sound, source, output, context.options.audio_track, on_progress
                )
            finally:
                stop.set()

    async def _hear(
        self,
        context: StepContext[TranscriptionOptions],
        selection: Selection,
        text: GrowingTranscript,
        sound: WholeSound,
    ) -> None:
        """Join what is not in `text` yet."""
        ear = Ear(self._host, selection.setup, context.options)
        pace = Pace(text.next.sample, sound.sample_count)
        if self._shares and selection.divisible and sound.is_shared:
            parts = JobParts(context.work, selection.needs)
            await SharedHearing(context, ear, text, sound, pace, parts=parts).run()
            return
        async with aclosing(ear.hear(sound.path, text.next)) as heard:
            async for window in heard:
                await text.join(window)
                reached = text.next.sample
                await context.progress(pace.fraction(reached), speed=pace.speed(reached))
