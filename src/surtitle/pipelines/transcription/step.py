"""The step `transcription`: sound out of the media, windows out of the engine, a transcript at the end."""

import asyncio
import threading
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from surtitle.domain.jobs import EventType
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, WindowCursor
from surtitle.domain.transcript import Origin, Transcript
from surtitle.engines.host import EngineHost
from surtitle.engines.sound import SAMPLE_RATE_HZ
from surtitle.errors import Invalid
from surtitle.jobs.work import JobWork
from surtitle.media.sound import SoundFacts, extract_sound
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.transcription.selection import EngineSelector, Selection
from surtitle.transcripts.document import assemble
from surtitle.transcripts.exports import txt_file
from surtitle.transcripts.schema import transcript_json

TRANSCRIPT_JSON = "transcript.json"
TRANSCRIPT_TXT = "transcript.txt"

_WINDOWS = "windows/"
_WINDOW = TypeAdapter(RecognizedWindow)
_NOBODY = Origin("", "", "", "")
# Decoding sound is this share of the step, measured with Whisper base on two cores.
_SOUND_SHARE = 0.03


class _Stopped(Exception):
    """Ends the decoding thread when its job was stopped."""


class TranscriptionStep:
    """Each settled window is checkpointed together with the `delta` that tells of its text, so a job
    that runs again neither repeats nor loses a word.
    """

    def __init__(self, host: EngineHost, selector: EngineSelector) -> None:
        self._host = host
        self._selector = selector

    async def run(self, context: StepContext[TranscriptionOptions]) -> None:
        work = context.work
        selection = await asyncio.to_thread(self._selector.select, context.options)
        sound_path = work.scratch / "sound.wav"
        sound = await self._extract(context, sound_path)
        for warning in sound.warnings:
            await work.warn(warning, step=context.name)
        windows = await self._saved_windows(work)
        await self._recognise(context, selection, sound_path, sound, windows)
        origin = replace(selection.origin, task=context.options.task)
        transcript = assemble(windows, duration_seconds=sound.duration_seconds, origin=origin)
        await _save_transcript(work, transcript)
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

    async def _saved_windows(self, work: JobWork) -> list[RecognizedWindow]:
        names = [artifact.name for artifact in await work.artifacts(_WINDOWS)]
        return [_WINDOW.validate_json(await work.read(name)) for name in names]

    async def _recognise(
        self,
        context: StepContext[TranscriptionOptions],
        selection: Selection,
        sound_path: Path,
        sound: SoundFacts,
        windows: list[RecognizedWindow],
    ) -> None:
        """Append to `windows` what is not in it yet, checkpointing each as it is settled."""
        start = windows[-1].next if windows else WindowCursor()
        if windows and start.sample >= sound.sample_count:
            return
        told = any(_text(window) for window in windows)
        pace = _Pace(start.sample, sound.sample_count)
        lighter: list[str] = []
        heard = self._host.transcribe(
            selection.setup, sound_path, context.options, start, on_step_down=lighter.append
        )
        async with aclosing(heard):
            async for window in heard:
                windows.append(window)
                text = _text(window)
                await _checkpoint(context, window, len(windows) - 1, f" {text}" if told and text else text)
                told = told or bool(text)
                await context.progress(
                    pace.fraction(window.next.sample), speed=pace.speed(window.next.sample)
                )
                while lighter:
                    await context.work.warn(lighter.pop(0), step=context.name)


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
    context: StepContext[TranscriptionOptions], window: RecognizedWindow, number: int, delta: str
) -> None:
    await context.work.save(
        # Six digits keep the names in order for more than a thousand hours.
        f"{_WINDOWS}{number:06}.json",
        _WINDOW.dump_json(window),
        media_type="application/json",
        kind="work",
        step=context.name,
        cursor={"sample": window.next.sample},
        events=[(EventType.DELTA, {"text": delta, "end_seconds": window.end_seconds})] if delta else [],
    )


async def _save_transcript(work: JobWork, transcript: Transcript) -> None:
    title = work.media.name if work.media else ""
    await work.save(TRANSCRIPT_JSON, transcript_json(transcript), media_type="application/json")
    await work.save(TRANSCRIPT_TXT, txt_file(transcript, title), media_type="text/plain; charset=utf-8")


def _text(window: RecognizedWindow) -> str:
    """The window's words as they will stand in the transcript's text."""
    return assemble([window], duration_seconds=window.end_seconds, origin=_NOBODY).text
