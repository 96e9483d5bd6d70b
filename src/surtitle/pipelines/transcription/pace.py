"""How far a transcription is, and how fast."""

import time

from surtitle.engines.sound import SAMPLE_RATE_HZ

# Decoding sound is this share of the step, measured with Whisper base on two cores.
_SOUND_SHARE = 0.03


class Pace:
    """Counts samples at 16 kHz, of which `start` were heard by earlier runs. Never goes back: a part that
    was lost with its worker is heard again, and nobody need know.
    """

    def __init__(self, start: int, total: int) -> None:
        self._start = start
        self._total = max(total, 1)
        self._most = start
        self._began = time.monotonic()

    def fraction(self, heard: int) -> float:
        """Of the step, 0..1."""
        self._most = max(self._most, heard)
        return _SOUND_SHARE + (1 - _SOUND_SHARE) * self._most / self._total

    def speed(self, heard: int) -> float:
        """Times real time, since this run began."""
        seconds = max(time.monotonic() - self._began, 1e-3)
        return round((max(heard, self._most) - self._start) / SAMPLE_RATE_HZ / seconds, 2)
