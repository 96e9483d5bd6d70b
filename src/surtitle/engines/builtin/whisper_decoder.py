"""The words of one window of speech. The same window always gives the same words."""

from dataclasses import dataclass
from typing import Any

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedSegment, RecognizedWord
from surtitle.engines.builtin.speech_detector import Span
from surtitle.engines.builtin.whisper_passes import (
    FRAMES_PER_SECOND,
    LEAST_LOG_PROBABILITY,
    MOST_COMPRESSIBLE,
    Pass,
    WindowPasses,
    encode,
)
from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples

# A cross-attention time may miss by this much; a word further from all speech was never spoken.
_WORD_MARGIN_SECONDS = 0.6
# Less speech than that is the tail of a word that came already.
_LEAST_SPEECH_SECONDS = 0.3
# Nobody speaks that fast; the quickest speakers reach 8 words or 12 Chinese characters a second.
_MOST_WORDS_PER_SECOND = 16


@dataclass(frozen=True, slots=True)
class Heard:
    """What one window holds, and the language that it was decoded in."""

    segments: tuple[RecognizedSegment, ...]
    language: str
    language_probability: float | None


class SpeechTimes:
    """Where someone speaks in a recording, in seconds."""

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self._spans = [(span.start / SAMPLE_RATE_HZ, span.end / SAMPLE_RATE_HZ) for span in spans]

    def seconds_after(self, time: float) -> float:
        """How long someone speaks after `time`."""
        return sum(max(0.0, end - max(start, time)) for start, end in self._spans)

    def is_near(self, start: float, end: float) -> bool:
        """Whether a word at these times may have been spoken."""
        return any(
            start <= span_end + _WORD_MARGIN_SECONDS and end >= span_start - _WORD_MARGIN_SECONDS
            for span_start, span_end in self._spans
        )


class WhisperDecoder:
    """Decodes windows with one loaded `faster_whisper.WhisperModel`. Threads may share it."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def decode(
        self,
        samples: Samples,
        offset_samples: int,
        speech: tuple[Span, ...],
        options: TranscriptionOptions,
        language: str | None,
    ) -> Heard:
        """The words in `samples`, at most 30 s that begin at `offset_samples` of the recording.

        `language` None has it detected. Words that lie outside all of `speech` are dropped.
        """
        # The extractor adds a frame of padding, which is no sound.
        features = self._model.feature_extractor(samples)[:, :-1]
        encoded = encode(self._model, features)
        probability = None
        if language is None:
            token, probability = self._model.model.detect_language(encoded)[0][0]
            language = token.strip("<|>")
        passes = WindowPasses(self._model, features, options, language)
        offset = offset_samples / SAMPLE_RATE_HZ
        # Whole milliseconds, downwards: a rounded time must not lie after the end of the sound.
        latest = (offset_samples + len(samples)) * 1000 // SAMPLE_RATE_HZ / 1000
        segments = _all_passes(
            passes, encoded, SpeechTimes(speech), offset=offset, latest=latest, language=language
        )
        return Heard(tuple(segments), language, probability)


def _all_passes(
    passes: WindowPasses,
    encoded: Any,
    speech: SpeechTimes,
    *,
    offset: float,
    latest: float,
    language: str,
) -> list[RecognizedSegment]:
    segments: list[RecognizedSegment] = []
    position, following = -1, 0
    # Whisper may stop at the end of a sentence and leave the rest of the window to another pass.
    # Where nobody speaks in the rest, it would make something up.
    while following > position:
        begin = offset + following / FRAMES_PER_SECOND
        if speech.seconds_after(begin) < _LEAST_SPEECH_SECONDS and following > 0:
            break
        position = following
        found, following = passes.run(position, encoded if position == 0 else None)
        after = segments[-1].end_seconds if segments else offset
        if _is_speakable(found, latest - begin):
            segments += settled(found, speech, offset=offset, after=after, latest=latest, language=language)
    return segments


def _is_speakable(found: Pass, seconds: float) -> bool:
    words = sum(len(segment["words"]) for segment in found.segments)
    return words <= _MOST_WORDS_PER_SECOND * max(seconds, 0.0) + 1


def settled(
    found: Pass, speech: SpeechTimes, *, offset: float, after: float, latest: float, language: str
) -> list[RecognizedSegment]:
    """A pass in times of the recording: forward only, from `after` to `latest`, where someone speaks."""
    segments: list[RecognizedSegment] = []
    for segment in found.segments:
        words = _words(segment["words"], speech, offset, after, latest)
        if not words:
            continue
        after = words[-1].end_seconds
        segments.append(
            RecognizedSegment(
                words[0].start_seconds,
                after,
                words,
                language,
                round(found.log_probability, 4),
                _doubt(found),
            )
        )
    return segments


def _words(
    raw: list[dict[str, Any]], speech: SpeechTimes, offset: float, after: float, latest: float
) -> tuple[RecognizedWord, ...]:
    words: list[RecognizedWord] = []
    for word in raw:
        begin, end = offset + float(word["start"]), offset + float(word["end"])
        if not word["word"].strip() or not speech.is_near(begin, end):
            continue
        begin = min(max(begin, after), latest)
        after = min(max(end, begin), latest)
        probability = min(max(float(word["probability"]), 0.0), 1.0)
        words.append(RecognizedWord(word["word"], round(begin, 3), round(after, 3), round(probability, 4)))
    return tuple(words)


def _doubt(found: Pass) -> str | None:
    if found.compression_ratio > MOST_COMPRESSIBLE:
        return "repeats itself"
    if found.log_probability < LEAST_LOG_PROBABILITY:
        return "low probability"
    return None
