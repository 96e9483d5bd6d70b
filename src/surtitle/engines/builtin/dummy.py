"""An engine that answers at once with made-up words, for trying the API without a model."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import (
    RecognizedSegment,
    RecognizedWindow,
    RecognizedWord,
    Window,
    WindowCursor,
)
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.sound import SAMPLE_RATE_HZ, SoundFile

WINDOW_SECONDS = 10
SENTENCE_SECONDS = 5.0
SENTENCES = (
    "This is a rehearsal, not a transcript.",
    "The dummy engine hears nothing at all.",
    "It speaks so that you can try everything else.",
    "Choose another engine to hear real words.",
)


class DummyTranscriber:
    """One of a few sentences every five seconds. Depends on the sound's duration and nothing else."""

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup

    def transcribe(
        self, sound: SoundFile, options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        return self._made_up(self.outline(sound, options, start.sample), options, start)

    def outline(self, sound: SoundFile, options: TranscriptionOptions, start: int) -> Iterator[Window]:
        window_samples = WINDOW_SECONDS * SAMPLE_RATE_HZ
        while start < sound.sample_count:
            end = min((start // window_samples + 1) * window_samples, sound.sample_count)
            yield Window(start, end, ())
            start = end

    def transcribe_windows(
        self,
        sound: SoundFile,
        options: TranscriptionOptions,
        start: WindowCursor,
        windows: Sequence[Window],
    ) -> Iterator[RecognizedWindow]:
        return self._made_up(windows, options, start)

    def _made_up(
        self, windows: Iterable[Window], options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        cursor = replace(start, language=options.language or start.language or "en")
        for window in windows:
            cursor = replace(cursor, index=cursor.index + 1, sample=window.end)
            yield _window(window.start / SAMPLE_RATE_HZ, window.end / SAMPLE_RATE_HZ, cursor)


def _window(start_seconds: float, end_seconds: float, following: WindowCursor) -> RecognizedWindow:
    first = int(start_seconds / SENTENCE_SECONDS)
    last = int(end_seconds / SENTENCE_SECONDS)
    segments = (
        _segment(number, following.language)
        for number in range(first, last + 1)
        if start_seconds <= number * SENTENCE_SECONDS
    )
    complete = tuple(segment for segment in segments if segment.end_seconds <= end_seconds)
    return RecognizedWindow(start_seconds, end_seconds, complete, following)


def _segment(number: int, language: str | None) -> RecognizedSegment:
    texts = SENTENCES[number % len(SENTENCES)].split()
    begin = number * SENTENCE_SECONDS
    step = (SENTENCE_SECONDS - 1) / len(texts)
    words = tuple(
        RecognizedWord(f" {text}", round(begin + i * step, 3), round(begin + (i + 1) * step, 3), 1.0)
        for i, text in enumerate(texts)
    )
    return RecognizedSegment(begin, words[-1].end_seconds, words, language)
