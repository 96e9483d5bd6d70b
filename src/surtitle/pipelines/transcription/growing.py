"""A job's transcript while it grows: each window is written down together with the news of its words."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from surtitle.domain.jobs import EventType
from surtitle.domain.options import Task, TranscriptionOptions
from surtitle.domain.recognition import WindowCursor
from surtitle.domain.transcript import Origin, Segment, Transcript, Word, runs_on
from surtitle.pipelines.step import StepContext
from surtitle.pipelines.transcription.hearing import HEARD_WINDOW, HeardWindow, window_name
from surtitle.transcripts.document import TranscriptAssembly
from surtitle.transcripts.numbers import restyle_numbers
from surtitle.transcripts.schema import segment_json

_WINDOWS = "windows/"

_Event = tuple[EventType, dict[str, Any]]


class GrowingTranscript:
    """Windows are joined in their order, each once: a job that runs again neither repeats nor loses one.

    `next` is where the next window begins.
    """

    def __init__(self, context: StepContext[TranscriptionOptions], duration_seconds: float) -> None:
        self.next = WindowCursor()
        self._context = context
        self._assembly = TranscriptAssembly(duration_seconds)
        self._origins = _Origins()

    async def resume(self) -> None:
        """Take up the windows of earlier runs."""
        work = self._context.work
        for artifact in await work.artifacts(_WINDOWS):
            self._add(HEARD_WINDOW.validate_json(await work.read(artifact.name)))

    async def join(self, heard: HeardWindow) -> None:
        """Add the next window and tell of it, for good."""
        options = self._context.options
        window = restyle_numbers(heard.window, options.number_style, told_language(options))
        written = replace(heard, window=window)
        before = self._assembly.last_text
        segments = self._add(written)
        await self._context.work.save(
            window_name(_WINDOWS, written.index),
            HEARD_WINDOW.dump_json(written),
            media_type="application/json",
            kind="work",
            step=self._context.name,
            cursor={"sample": self.next.sample},
            events=_events(segments, before),
        )
        for warning in heard.warnings:
            await self._context.work.warn(warning, step=self._context.name)

    def transcript(self, otherwise: Origin) -> Transcript:
        """All that was joined; `otherwise` is its origin if that is nothing."""
        origins = self._origins
        return replace(self._assembly.transcript(origins.own or otherwise), origins=origins.others)

    def _add(self, heard: HeardWindow) -> tuple[Segment, ...]:
        self.next = heard.window.next
        key = self._origins.key(heard.origin) if heard.window.segments else None
        return self._assembly.add(heard.window, origin=key)


class _Origins:
    """Who heard words, in the order of their first ones. The first is the transcript's own."""

    def __init__(self) -> None:
        self._known: list[Origin] = []

    def key(self, origin: Origin) -> str | None:
        """What words of this origin name; None for the transcript's own."""
        if origin not in self._known:
            self._known.append(origin)
        number = self._known.index(origin)
        return f"engine-{number + 1}" if number else None

    @property
    def own(self) -> Origin | None:
        return self._known[0] if self._known else None

    @property
    def others(self) -> dict[str, Origin]:
        return {f"engine-{number}": origin for number, origin in enumerate(self._known[1:], 2)}


def told_language(options: TranscriptionOptions) -> str | None:
    """The language that the text is in whatever is spoken; None when it is the one spoken."""
    return "en" if options.task is Task.TRANSLATE else None


def _events(segments: Iterable[Segment], before: str) -> list[_Event]:
    """Settled segments for a listener: each word as a `delta`, then the whole as a `segment`.

    The deltas of a job, joined, are its transcript's text; `before` is its last word, "" if there is none.
    """
    events: list[_Event] = []
    for segment in segments:
        for position, word in enumerate(segment.words):
            closed = word.glued if position else runs_on(before, word.text)
            space = "" if closed or not before else " "
            before = word.text
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
