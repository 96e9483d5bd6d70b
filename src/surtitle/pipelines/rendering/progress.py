"""How far ffmpeg has come, read from `-progress` (key=value lines, a block each half second)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderProgress:
    """`fraction` is 0 to 1, None when the length is unknown. `speed` is times real time."""

    done_seconds: float
    fraction: float | None
    frames: int
    frames_per_second: float | None
    speed: float | None
    remaining_seconds: float | None


class ProgressReader:
    """Gathers lines; every completed block gives one `RenderProgress`."""

    def __init__(self, duration_seconds: float | None) -> None:
        self._duration_seconds = duration_seconds
        self._block: dict[str, str] = {}
        self.done_seconds = 0.0
        self.frames = 0

    def feed(self, line: str) -> RenderProgress | None:
        name, separator, value = line.partition("=")
        if not separator:
            return None
        self._block[name.strip()] = value.strip()
        if name.strip() != "progress":
            return None
        # Before the first packet ffmpeg says N/A, and a negative time while it seeks.
        self.done_seconds = max(self.done_seconds, (self._number("out_time_us") or 0.0) / 1e6)
        self.frames = int(self._number("frame") or self.frames)
        return self._summary()

    def _summary(self) -> RenderProgress:
        speed = self._number("speed")
        fraction = remaining = None
        if self._duration_seconds:
            fraction = min(1.0, self.done_seconds / self._duration_seconds)
            if speed:
                remaining = max(0.0, self._duration_seconds - self.done_seconds) / speed
        return RenderProgress(
            self.done_seconds, fraction, self.frames, self._number("fps") or None, speed or None, remaining
        )

    def _number(self, name: str) -> float | None:
        try:
            return float(self._block.get(name, "").removesuffix("x"))
        except ValueError:
            return None
