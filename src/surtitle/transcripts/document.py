"""From what a recogniser heard, window by window, to the document that people keep."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from surtitle.domain.coverage import measure_coverage, merged, seconds_within
from surtitle.domain.recognition import RecognizedSegment, RecognizedWindow, RecognizedWord
from surtitle.domain.time_shares import time_shares
from surtitle.domain.transcript import Origin, Segment, Stretch, Transcript, Word


def assemble(windows: Iterable[RecognizedWindow], *, duration_seconds: float, origin: Origin) -> Transcript:
    """One transcript from all windows of a recording, in order; see `TranscriptAssembly`."""
    assembly = TranscriptAssembly(duration_seconds)
    for window in windows:
        assembly.add(window)
    return assembly.transcript(origin)


def printable(text: str) -> str:
    """`text` without the characters that no file format can carry: controls and lone surrogates.

    White space among them becomes a plain space.
    """
    return "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
    )


@dataclass(slots=True)
class _Heard:
    """A word on its way into the document."""

    text: str
    start_seconds: float
    end_seconds: float
    confidence: float | None
    glued: bool


class TranscriptAssembly:
    """A transcript as it grows, window by window.

    The same windows give the same document: words are `w1, w2, …`, segments `s1, s2, …`. Times are
    milliseconds within `[0, duration_seconds]` and never run backwards; a word ends at the latest where
    the next begins. Empty words and segments are dropped. `language` is the one spoken longest.
    """

    def __init__(self, duration_seconds: float) -> None:
        self._duration_seconds = round(duration_seconds, 3)
        self._segments: list[Segment] = []
        self._speech: list[Stretch] | None = []
        self._word_count = 0
        self._last_start_seconds = 0.0
        self._spoken_seconds: defaultdict[str, float] = defaultdict(float)
        self._language_probability: dict[str, float] = {}

    @property
    def last_text(self) -> str:
        """The last word so far, "" before the first."""
        return self._segments[-1].words[-1].text if self._segments else ""

    def add(self, window: RecognizedWindow, origin: str | None = None) -> tuple[Segment, ...]:
        """The segments of the next window as they will stand in the document: no later one changes them.

        `origin` is the key in `Transcript.origins` of whoever heard it, None for the transcript's own.
        """
        cursor = window.next
        if cursor.language is not None and cursor.language_probability is not None:
            self._language_probability.setdefault(cursor.language, round(cursor.language_probability, 3))
        settled = len(self._segments)
        if settled:
            self._last_start_seconds = self._segments[-1].end_seconds
        for heard in window.segments:
            words = [word for raw in heard.words for word in _split_at_spaces(raw)]
            if words:
                self._add_segment(heard, words, heard.language or cursor.language, origin)
        if self._speech is not None:
            self._speech = None if window.speech is None else [*self._speech, *window.speech]
        return tuple(self._segments[settled:])

    def transcript(self, origin: Origin) -> Transcript:
        """The document of all windows so far."""
        # The first heard wins a tie, so that equal input cannot give two answers.
        language = max(self._spoken_seconds, key=self._spoken_seconds.__getitem__, default=None)
        transcript = Transcript(
            duration_seconds=self._duration_seconds,
            language=language,
            language_probability=self._language_probability.get(language or ""),
            origin=origin,
            segments=tuple(self._segments),
        )
        return transcript if self._speech is None else with_coverage(transcript, self._speech)

    def _add_segment(
        self, heard: RecognizedSegment, words: list[_Heard], language: str | None, origin: str | None
    ) -> None:
        placed = tuple(self._placed(words, origin))
        self._cut_previous_at(placed[0].start_seconds)
        start, end = placed[0].start_seconds, placed[-1].end_seconds
        if language is not None:
            self._spoken_seconds[language] += end - start
        log_probability = heard.average_log_probability
        self._segments.append(
            Segment(
                id=f"s{len(self._segments) + 1}",
                start_seconds=start,
                end_seconds=end,
                words=placed,
                language=language,
                average_log_probability=None if log_probability is None else round(log_probability, 3),
                doubtful=heard.doubtful,
            )
        )

    def _placed(self, words: list[_Heard], origin: str | None) -> Iterator[Word]:
        starts = [self._start_of(word) for word in words]
        for position, (word, start) in enumerate(zip(words, starts, strict=True)):
            latest = starts[position + 1] if position + 1 < len(words) else self._duration_seconds
            self._word_count += 1
            yield Word(
                id=f"w{self._word_count}",
                text=word.text,
                start_seconds=start,
                end_seconds=_clamped(round(word.end_seconds, 3), start, latest),
                confidence=None if word.confidence is None else _clamped(round(word.confidence, 3), 0.0, 1.0),
                glued=word.glued and position > 0,
                origin=origin,
            )

    def _start_of(self, word: _Heard) -> float:
        start = _clamped(round(word.start_seconds, 3), self._last_start_seconds, self._duration_seconds)
        self._last_start_seconds = start
        return start

    def _cut_previous_at(self, start_seconds: float) -> None:
        if not self._segments or self._segments[-1].end_seconds <= start_seconds:
            return
        previous = self._segments[-1]
        last = replace(previous.words[-1], end_seconds=start_seconds)
        self._segments[-1] = replace(previous, end_seconds=start_seconds, words=(*previous.words[:-1], last))


def with_coverage(transcript: Transcript, speech: Sequence[Stretch]) -> Transcript:
    """`transcript` with its figures about `speech`, which lies in order and apart."""
    coverage = measure_coverage(speech, transcript.words)
    distrusted = [
        Stretch(segment.start_seconds, segment.end_seconds)
        for segment in transcript.segments
        if segment.doubtful
    ]
    doubtful = merged([*coverage.unheard, *distrusted])
    return replace(
        transcript,
        speech_seconds=round(coverage.speech_seconds, 3),
        covered_seconds=round(coverage.covered_seconds, 3),
        doubtful_seconds=round(seconds_within(speech, doubtful), 3),
        unheard=tuple(
            Stretch(round(gap.start_seconds, 3), round(gap.end_seconds, 3)) for gap in coverage.unheard
        ),
    )


def _split_at_spaces(raw: RecognizedWord) -> Iterator[_Heard]:
    """The words in `raw`: one as a rule; an engine that knows phrases only has their time shared out."""
    text = printable(raw.text)
    parts = text.split()
    glued = not text.startswith(" ")
    for part, (start, end) in zip(parts, time_shares(parts, raw.start_seconds, raw.end_seconds), strict=True):
        yield _Heard(part, start, end, raw.probability, glued)
        glued = False


def _clamped(value: float, low: float, high: float) -> float:
    # The bounds come first: `max(low, nan)` is low, `max(nan, low)` is nan.
    return min(high, max(low, value))
