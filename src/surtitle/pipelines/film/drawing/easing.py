"""How things move. All take and give 0..1."""

import math


def progress(seconds: float, start: float, duration: float) -> float:
    """How far something is that begins at `start` and takes `duration`."""
    return min(1.0, max(0.0, (seconds - start) / duration)) if duration > 0 else float(seconds >= start)


def ease_out(fraction: float) -> float:
    """Quick at first, then settling (quartic): what comes in."""
    return 1.0 - (1.0 - fraction) ** 4


def ease_in_out(fraction: float) -> float:
    """Slow at both ends: what crosses the picture."""
    return 4 * fraction**3 if fraction < 0.5 else 1.0 - (2.0 - 2.0 * fraction) ** 3 / 2  # noqa: PLR2004


def overshoot(fraction: float) -> float:
    """A little too far, then back: what pops up. Goes to 1.07 on its way."""
    late = fraction - 1.0
    return 1.0 + 2.2 * late**3 + 1.2 * late**2


def swing(seconds: float, period_seconds: float, phase: float = 0.0) -> float:
    """-1..1 and back, without end."""
    return math.sin(2 * math.pi * (seconds / period_seconds + phase))


def between(start: float, end: float, fraction: float) -> float:
    return start + (end - start) * fraction
