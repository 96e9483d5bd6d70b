"""The limits that cues are made to and checked against."""

from dataclasses import dataclass

from surtitle.domain.options import SubtitleOptions


@dataclass(frozen=True, slots=True)
class SubtitleProfile:
    """House rules of a broadcaster or a platform; times are whole milliseconds.

    `comfortable_chars_per_second` is what a cue is given when silence follows, `linger_ms` how long
    it stays after the last word at least when there is room, `lead_in_ms` how much earlier than its
    first word it may come when it would else be too short or too fast. A silence of `hard_pause_ms`
    always ends a cue. Characters are counted by `text_width`.
    """

    max_chars_per_line: int
    max_lines: int
    min_duration_ms: int
    max_duration_ms: int
    max_chars_per_second: float
    min_gap_ms: int
    comfortable_chars_per_second: float
    linger_ms: int = 300
    lead_in_ms: int = 200
    hard_pause_ms: int = 2000

    def reading_ms(self, width: int) -> int:
        """The shortest time in which `width` characters may stand."""
        return max(self.min_duration_ms, self.fastest_ms(width))

    def fastest_ms(self, width: int) -> int:
        """What `width` characters take at the highest speed allowed."""
        return _ceil(1000 * width / self.max_chars_per_second)

    def comfortable_ms(self, width: int) -> int:
        """The time in which `width` characters are read without haste."""
        return max(self.min_duration_ms, _ceil(1000 * width / self.comfortable_chars_per_second))


# BBC subtitle guidelines ask for 160 to 180 words a minute, about 15 characters a second: three
# quarters of the 20 that Netflix allows for adult programmes.
_COMFORTABLE_SHARE = 0.75


def profile_for(options: SubtitleOptions) -> SubtitleProfile:
    """The profile that a job's options describe. A minimum above the maximum gives way to it."""
    max_duration_ms = round(options.max_duration_seconds * 1000)
    return SubtitleProfile(
        max_chars_per_line=options.max_chars_per_line,
        max_lines=options.max_lines,
        min_duration_ms=min(_ceil(options.min_duration_seconds * 1000), max_duration_ms),
        max_duration_ms=max_duration_ms,
        max_chars_per_second=options.max_chars_per_second,
        min_gap_ms=_ceil(options.min_gap_seconds * 1000),
        comfortable_chars_per_second=options.max_chars_per_second * _COMFORTABLE_SHARE,
    )


def _ceil(value: float) -> int:
    # 0.08 * 1000 is 80.00000000000001 in floating point; that is 80, not 81.
    return -int(-round(value, 6) // 1)
