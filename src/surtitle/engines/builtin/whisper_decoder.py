"""The words of one window of speech. The same window always gives the same words."""

from dataclasses import dataclass
from typing import Any

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedSegment, RecognizedWord, Span
from surtitle.domain.transcript import Stretch
from surtitle.engines.builtin.coverage_guard import REPEATS, UNLIKELY
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
# The shortest sound that the spectrogram can be made of, and far shorter than a word.
_SHORTEST_SAMPLES = SAMPLE_RATE_HZ // 20
# Nobody speaks that fast; the quickest speakers reach 8 words or 12 Chinese characters a second.
_MOST_WORDS_PER_SECOND = 16
# So many words of a step (0.02 s) or none were not spoken: the rounds of a loop share one moment.
_CRAMMED_WORDS = 5
_CRAMMED_SECONDS = 0.03


@dataclass(frozen=True, slots=True)
class Heard:
    """What one window holds, and the language that it was decoded in."""

    segments: tuple[RecognizedSegment, ...]
    language: str
    language_probability: float | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Sound to decode at once, at most 30 s that begin at `start` of the recording, and its speech."""

    samples: Samples
    start: int
    speech: tuple[Span, ...]

    @property
    def is_too_short(self) -> bool:
        return len(self.samples) < _SHORTEST_SAMPLES

    @property
    def start_seconds(self) -> float:
        return self.start / SAMPLE_RATE_HZ

    @property
    def end_seconds(self) -> float:
        """Whole milliseconds, downwards: a rounded time must not lie after the end of the sound."""
        return (self.start + len(self.samples)) * 1000 // SAMPLE_RATE_HZ / 1000

    def part(self, stretch: Stretch) -> "Piece":
        """What of this lies in `stretch`, which may reach beyond it."""
        first = max(0, round(stretch.start_seconds * SAMPLE_RATE_HZ) - self.start)
        last = max(first, round(stretch.end_seconds * SAMPLE_RATE_HZ) - self.start)
        return Piece(self.samples[first:last], self.start + first, self.speech)


@dataclass(frozen=True, slots=True)
class Opened:
    """A piece that the encoder has heard, and the language that its words are in.

    `features` has the shape (mels, frames). The probability is None where the language was given.
    """

    piece: Piece
    features: Samples
    encoded: Any
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

    def opened(self, piece: Piece, language: str | None) -> Opened:
        """The first part of the work, which tells the language. `language` None has it detected."""
        features = self._features(piece)
        encoded = encode(self._model, features)
        probability = None
        if language is None:
            token, probability = self._model.model.detect_language(encoded)[0][0]
            language = token.strip("<|>")
        return Opened(piece, features, encoded, language, probability)

    def decode(self, opened: Opened, options: TranscriptionOptions) -> Heard:
        """The words in a piece. Words away from all speech are dropped."""
        passes = WindowPasses(self._model, opened.features, options, opened.language)
        segments = _all_passes(passes, opened.encoded, opened.piece, opened.language)
        return Heard(tuple(segments), opened.language, opened.language_probability)

    def decode_again(
        self, piece: Piece, options: TranscriptionOptions, language: str
    ) -> tuple[RecognizedSegment, ...]:
        """The words in a part of what was decoded already; nothing if the model doubts that it is speech."""
        if piece.is_too_short:
            return ()
        features = self._features(piece)
        passes = WindowPasses(self._model, features, options, language, doubting=True)
        return tuple(_all_passes(passes, encode(self._model, features), piece, language))

    def _features(self, piece: Piece) -> Samples:
        # The extractor adds a frame of padding, which is no sound.
        features: Samples = self._model.feature_extractor(piece.samples)[:, :-1]
        return features


def _all_passes(passes: WindowPasses, encoded: Any, piece: Piece, language: str) -> list[RecognizedSegment]:
    offset, latest = piece.start_seconds, piece.end_seconds
    speech = SpeechTimes(piece.speech)
    segments: list[RecognizedSegment] = []
    position, following = -1, 0
    # Whisper may stop at the end of a sentence and leave the rest of the window to another pass.
    # Where nobody speaks in the rest, it would make something up.
    while following > position:
        begin = offset + following / FRAMES_PER_SECOND
        left = min(latest - begin, speech.seconds_after(begin))
        if following > 0 and left < _LEAST_SPEECH_SECONDS:
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
                _doubt(found, words),
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
        words.append(
            RecognizedWord(word["word"], round(begin, 3), round(after, 3), _probability(word["probability"]))
        )
    return tuple(words)


def _probability(value: float | None) -> float | None:
    return None if value is None else round(min(max(float(value), 0.0), 1.0), 4)


def _doubt(found: Pass, words: tuple[RecognizedWord, ...]) -> str | None:
    if found.compression_ratio > MOST_COMPRESSIBLE or _are_crammed(words):
        return REPEATS
    if found.log_probability < LEAST_LOG_PROBABILITY:
        return UNLIKELY
    return None


def _are_crammed(words: tuple[RecognizedWord, ...]) -> bool:
    in_a_row = 0
    for word in words:
        short = word.end_seconds - word.start_seconds < _CRAMMED_SECONDS
        in_a_row = in_a_row + 1 if short else 0
        if in_a_row == _CRAMMED_WORDS:
            return True
    return False
