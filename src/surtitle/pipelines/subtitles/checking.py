"""Whether cues keep their limits, and which do not."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from surtitle.domain.cues import Cue, CueSheet
from surtitle.domain.options import SubtitleOptions
from surtitle.pipelines.subtitles.measure import text_width
from surtitle.pipelines.subtitles.profile import SubtitleProfile, profile_for
from surtitle.pipelines.subtitles.tokens import milliseconds


class CueFaultKind(StrEnum):
    EMPTY = "empty"
    OVERLAP = "overlap"
    GAP_TOO_SHORT = "gap-too-short"
    TOO_FAST = "too-fast"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    LINE_TOO_LONG = "line-too-long"
    TOO_MANY_LINES = "too-many-lines"


@dataclass(frozen=True, slots=True)
class CueFault:
    """What is wrong with cue number `cue_index` (from 0): `value` where `limit` is allowed.

    Times are seconds, speeds characters a second. Overlap and gap are told of the later cue.
    """

    cue_index: int
    kind: CueFaultKind
    value: float
    limit: float


def check_cues(sheet: CueSheet, options: SubtitleOptions) -> list[CueFault]:
    """All faults of `sheet` against `options`, in the order of the cues."""
    profile = profile_for(options)
    faults: list[CueFault] = []
    for index, cue in enumerate(sheet.cues):
        faults += _text_faults(index, cue, profile)
        faults += _time_faults(index, cue, profile)
        if index:
            faults += _neighbour_faults(index, sheet.cues[index - 1], cue, profile)
    return faults


def _text_faults(index: int, cue: Cue, profile: SubtitleProfile) -> Iterator[CueFault]:
    if not cue.text.strip():
        yield CueFault(index, CueFaultKind.EMPTY, 0, 1)
    if len(cue.lines) > profile.max_lines:
        yield CueFault(index, CueFaultKind.TOO_MANY_LINES, len(cue.lines), profile.max_lines)
    widest = max(map(text_width, cue.lines), default=0)
    if widest > profile.max_chars_per_line:
        yield CueFault(index, CueFaultKind.LINE_TOO_LONG, widest, profile.max_chars_per_line)


def _time_faults(index: int, cue: Cue, profile: SubtitleProfile) -> Iterator[CueFault]:
    duration_ms = milliseconds(cue.end_seconds) - milliseconds(cue.start_seconds)
    if duration_ms < profile.min_duration_ms:
        yield CueFault(index, CueFaultKind.TOO_SHORT, duration_ms / 1000, profile.min_duration_ms / 1000)
    if duration_ms > profile.max_duration_ms:
        yield CueFault(index, CueFaultKind.TOO_LONG, duration_ms / 1000, profile.max_duration_ms / 1000)
    width = sum(map(text_width, cue.lines))
    if profile.fastest_ms(width) > duration_ms:
        speed = 1000 * width / max(1, duration_ms)
        yield CueFault(index, CueFaultKind.TOO_FAST, round(speed, 1), profile.max_chars_per_second)


def _neighbour_faults(index: int, previous: Cue, cue: Cue, profile: SubtitleProfile) -> Iterator[CueFault]:
    gap_ms = milliseconds(cue.start_seconds) - milliseconds(previous.end_seconds)
    if gap_ms < 0:
        yield CueFault(index, CueFaultKind.OVERLAP, gap_ms / 1000, 0)
    elif gap_ms < profile.min_gap_ms:
        yield CueFault(index, CueFaultKind.GAP_TOO_SHORT, gap_ms / 1000, profile.min_gap_ms / 1000)
