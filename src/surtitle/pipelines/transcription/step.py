"""The step `transcription`: sound out of the media, windows out of the engine, a transcript at the end."""

import asyncio
import threading
import time
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from surtitle.domain.jobs import EventType
from surtitle.domain.options import Task, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, WindowCursor
from surtitle.domain.transcript import Segment, Word
from surtitle.engines.host import EngineHost
from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.errors import Invalid
from surtitle.jobs.work import JobWork
from surtitle.media.sound import SoundFacts, extract_sound
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.transcription.saving import retell, save_transcript
from surtitle.pipelines.transcription.selection import EngineSelector, Selection
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.document import TranscriptAssembly
from surtitle.transcripts.numbers import restyle_numbers, restyling_warning
from surtitle.transcripts.publishing import chosen_text, publish
from surtitle.transcripts.schema import segment_json

_WINDOWS = "windows/"
_WINDOW = TypeAdapter(RecognizedWindow)
# Decoding sound is this share of the step, measured with Whisper base on two cores.
_SOUND_SHARE = 0.03

_Event = tuple[EventType, dict[str, Any]]


class _Stopped(Exception):
    """Ends the decoding thread when its job was stopped."""


@dataclass(frozen=True, slots=True)
class _Hearing:
    """Who hears what: a 16 kHz WAV of `sample_count` samples, from `start` on."""

    selection: Selection
    sound: Path
    sample_count: int
    start: WindowCursor


class TranscriptionStep:
    """Each settled window is checkpointed together with the events that tell of its words, so a job
    that runs again neither repeats nor loses one.
    """

    def __init__(self, host: EngineHost, selector: EngineSelector, archive: RevisionArchive) -> None:
        self._host = host
        self._selector = selector
        self._archive = archive

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
        assembly = TranscriptAssembly(sound.duration_seconds)
        start = await self._resumed(work, assembly)
        if start.sample < max(sound.sample_count, 1):
            await self._recognise(
                context, _Hearing(selection, sound_path, sound.sample_count, start), assembly
            )
        transcript = assembly.transcript(replace(selection.origin, task=context.options.task))
        languages = {_translated(context.options) or segment.language for segment in transcript.segments}
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

        async with work.store.as_file(work.media.object_key, work.scratch) as source:
            try:
                return await asyncio.to_thread(
                    extract_sound, source, output, context.options.audio_track, on_progress
                )
            finally:
                stop.set()

    async def _resumed(self, work: JobWork, assembly: TranscriptAssembly) -> WindowCursor:
        """Where to go on, with the windows of earlier runs in `assembly`."""
        cursor = WindowCursor()
        for artifact in await work.artifacts(_WINDOWS):
            window = _WINDOW.validate_json(await work.read(artifact.name))
            assembly.add(window)
            cursor = window.next
        return cursor

    async def _recognise(
        self, context: StepContext[TranscriptionOptions], hearing: _Hearing, assembly: TranscriptAssembly
    ) -> None:
        """Add what is not in `assembly` yet, checkpointing each window as it is settled."""
        pace = _Pace(hearing.start.sample, hearing.sample_count)
        lighter: list[str] = []
        heard = self._host.transcribe(
            hearing.selection.setup,
            hearing.sound,
            context.options,
            hearing.start,
            on_step_down=lighter.append,
        )
        async with aclosing(heard):
            async for window in heard:
                nothing_yet = assembly.is_empty
                written = restyle_numbers(window, context.options.number_style, _translated(context.options))
                segments = assembly.add(written)
                await _checkpoint(context, written, _events(segments, opening=nothing_yet))
                await context.progress(
                    pace.fraction(window.next.sample), speed=pace.speed(window.next.sample)
                )
                while lighter:
                    await context.work.warn(lighter.pop(0), step=context.name)


def _translated(options: TranscriptionOptions) -> str | None:
    """The language that the text is in whatever is spoken; None when it is the one spoken."""
    return "en" if options.task is Task.TRANSLATE else None


class _Pace:
    """How far and how fast, in samples at 16 kHz."""

    def __init__(self, start: int, total: int) -> None:
        self._start = start
        self._total = max(total, 1)
        self._began = time.monotonic()

    def fraction(self, sample: int) -> float:
        return _SOUND_SHARE + (1 - _SOUND_SHARE) * sample / self._total

    def speed(self, sample: int) -> float:
        """Times real time, since this run began."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        return round((sample - self._start) / SAMPLE_RATE_HZ / seconds, 2)


async def _checkpoint(
    context: StepContext[TranscriptionOptions], window: RecognizedWindow, events: list[_Event]
) -> None:
    await context.work.save(
        # Six digits keep the names in order for more than a thousand hours.
        f"{_WINDOWS}{window.next.index - 1:06}.json",
        _WINDOW.dump_json(window),
        media_type="application/json",
        kind="work",
        step=context.name,
        cursor={"sample": window.next.sample},
        events=events,
    )


def _events(segments: Iterable[Segment], *, opening: bool) -> list[_Event]:
    """Settled segments for a listener: each word as a `delta`, then the whole as a `segment`.

    The deltas of a job, joined, are its transcript's text; `opening` when there is none before.
    """
    events: list[_Event] = []
    for segment in segments:
        for position, word in enumerate(segment.words):
            space = "" if opening or (word.glued and position > 0) else " "
            opening = False
            events.append((EventType.DELTA, _delta(word, space)))
        events.append((EventType.SEGMENT, segment_json(segment)))
    return events


def _delta(word: Word, space: str) -> dict[str, Any]:
    return {
        "text": space + word.text,
        "start_seconds": word.start_seconds,
        "end_seconds": word.end_seconds,
        "confidence": word.confidence,
    }
