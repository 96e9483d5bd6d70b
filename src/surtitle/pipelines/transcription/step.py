"""The step `transcription`: sound out of the media, windows out of the engine, a transcript at the end."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

from surtitle.domain.options import TranscriptionOptions
from surtitle.engines.host import EngineHost
from surtitle.jobs.parts import JobParts
from surtitle.pipelines.sound import decoded_sound, free_sound
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
        sound = await decoded_sound(context, context.options.audio_track)
        growing = GrowingTranscript(context, sound.facts.duration_seconds)
        await growing.resume()
        if growing.next.sample < max(sound.facts.sample_count, 1):
            whole = WholeSound.of(sound.path, sound.facts.sample_count, work.settings)
            await self._hear(context, selection, growing, whole)
        transcript = growing.transcript(replace(selection.origin, task=context.options.task))
        languages = {told_language(context.options) or segment.language for segment in transcript.segments}
        if unstyled := restyling_warning(context.options.number_style, languages):
            await work.warn(unstyled, step=context.name)
        await save_transcript(work, transcript)
        await publish(work, transcript)
        free_sound(context, sound)

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
