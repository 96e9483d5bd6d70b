"""What a recogniser hands over, window by window, so that work can stop and go on anywhere."""

from dataclasses import dataclass

from surtitle.domain.transcript import Stretch

# Below this, one window's guess at the language is not yet the recording's (faster-whisper's default).
_SURE_LANGUAGE = 0.5


@dataclass(frozen=True, slots=True)
class Span:
    """Samples `[start, end)` of the recording. `sure`: somebody speaks; else it may be a faint voice."""

    start: int
    end: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """Samples `[start, end)` that are decoded together. Without any `speech` there is nothing to decode."""

    start: int
    end: int
    speech: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class WindowCursor:
    """Where the next window begins. Resuming from it gives what an undisturbed run gives.

    `sample` counts samples at 16 kHz from the start of the recording. `language` is what
    earlier windows settled on (ISO 639-1), so that a resumed run does not decide anew.
    """

    index: int = 0
    sample: int = 0
    language: str | None = None
    language_probability: float | None = None

    @property
    def knows_language(self) -> bool:
        """Whether no later window can change it. A language without a probability was given, not guessed."""
        if self.language is None:
            return False
        return self.language_probability is None or self.language_probability >= _SURE_LANGUAGE


@dataclass(frozen=True, slots=True)
class RecognizedWord:
    """One word as the engine heard it; `text` keeps the engine's leading space, if any."""

    text: str
    start_seconds: float
    end_seconds: float
    probability: float | None


@dataclass(frozen=True, slots=True)
class RecognizedSegment:
    """A segment as the engine cut it. Times are seconds from the start of the recording."""

    start_seconds: float
    end_seconds: float
    words: tuple[RecognizedWord, ...]
    language: str | None = None
    average_log_probability: float | None = None
    doubtful: str | None = None


@dataclass(frozen=True, slots=True)
class RecognizedWindow:
    """Everything heard between two cursors. Settled: a window is never taken back.

    `speech` is where somebody speaks, in order and apart; None when the engine does not tell.
    """

    start_seconds: float
    end_seconds: float
    segments: tuple[RecognizedSegment, ...]
    next: WindowCursor
    speech: tuple[Stretch, ...] | None = None
