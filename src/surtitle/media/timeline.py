"""Where decoded sound belongs on the recording's clock, so that word times match the picture."""

from fractions import Fraction

from av.audio.frame import AudioFrame

from surtitle.engines.sound import SAMPLE_RATE_HZ

# Less is the rounding and jitter of containers; the value is aresample's `min_hard_comp` in FFmpeg.
_TOLERANCE_SECONDS = 0.1
MAX_GAP_SECONDS = 4 * 3600.0
MAX_OVERLAP_SECONDS = 1.0


class Timeline:
    """Turns timestamps into samples of silence to insert or of sound to drop.

    A gap is filled with silence and an overlap is trimmed. A jump ahead by hours, or far back, is not
    a gap but a broken clock (a camera's counter that started anew): it is ignored, and sound goes on.
    `zero_seconds` is the recording's start on the file's clock, as players take it.
    """

    def __init__(self, zero_seconds: float) -> None:
        self.position = 0
        self.ignored_jumps = 0
        self._zero = zero_seconds
        self._expected = 0.0
        self._silence = 0
        self._drop = 0
        self._time_base: Fraction | None = None
        self._tick_seconds = 0.0

    def start_of(self, frame: AudioFrame) -> float:
        """Where `frame` begins, in seconds from the recording's start; where it should if it does not say."""
        if frame.pts is None or frame.time_base is None:
            return self._expected
        if self._time_base != frame.time_base:
            # Fractions are slow, and this is done for each frame.
            self._time_base, self._tick_seconds = frame.time_base, float(frame.time_base)
        return frame.pts * self._tick_seconds - self._zero

    def breaks_at(self, frame: AudioFrame) -> bool:
        """Whether `frame` does not begin where the one before it ended."""
        drift = self.start_of(frame) - self._expected
        if abs(drift) <= _TOLERANCE_SECONDS:
            return False
        if -MAX_OVERLAP_SECONDS <= drift <= MAX_GAP_SECONDS:
            return True
        self._zero += drift
        self.ignored_jumps += 1
        return False

    def begin(self, start_seconds: float) -> None:
        """A run of unbroken sound begins; all sound before it has been placed."""
        self._expected = start_seconds
        offset = round(self._expected * SAMPLE_RATE_HZ) - self.position
        self._silence, self._drop = max(0, offset), max(0, -offset)

    def advance(self, frame: AudioFrame) -> float:
        """Count `frame` in; where it began, in seconds."""
        start = self._expected
        self._expected += frame.samples / frame.sample_rate
        return start

    def place(self, count: int) -> tuple[int, int]:
        """For the next `count` samples: the silence before them, and how many of the last to keep."""
        dropped = min(self._drop, count)
        self._drop -= dropped
        kept = count - dropped
        silence = self._silence if kept else 0
        self._silence -= silence
        self.position += silence + kept
        return silence, kept
