"""What a rendering has to say about itself."""

from dataclasses import dataclass
from pathlib import Path

from surtitle.pipelines.rendering.process import FfmpegRun
from surtitle.pipelines.rendering.source import SourceFacts


@dataclass(frozen=True, slots=True)
class RenderReport:
    """`encoder` is None when no picture was encoded. `width` and `height` are as displayed, 0 without one.

    `warnings` are sentences for the person who asked: what differs from what they might expect.
    """

    output: Path
    encoder: str | None
    width: int
    height: int
    duration_seconds: float
    size_bytes: int
    warnings: tuple[str, ...] = ()


def sounds_left_out(facts: SourceFacts) -> tuple[str, ...]:
    """The sound tracks that can be neither copied nor re-encoded."""
    return tuple(
        f"Sound track {sound.index + 1} was left out: nothing here can read it."
        for sound in facts.sounds
        if not sound.is_readable
    )


def cut_short(duration_seconds: float | None, run: FfmpegRun) -> tuple[str, ...]:
    """A file that was cut off plays up to the cut; say where that is."""
    if duration_seconds is None or run.done_seconds >= duration_seconds - max(1.0, duration_seconds * 0.02):
        return ()
    ends = f"ends at {run.done_seconds:.1f} s: the file is damaged or incomplete."
    return (f"The video claims {duration_seconds:.1f} s but {ends}",)
