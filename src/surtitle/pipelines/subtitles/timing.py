"""When each cue comes and goes, once it is known which words it holds. Whole milliseconds."""

from surtitle.pipelines.subtitles.profile import SubtitleProfile
from surtitle.pipelines.subtitles.segmentation import CueSpan
from surtitle.pipelines.subtitles.stream import TokenStream

# A gap that is neither clearly a pause nor clearly none flickers: up to this it is closed to the
# minimum (Netflix closes 3 to 11 frames at 24 a second to 2).
_FLICKER_MS = 500
# Words that a recogniser heaps on one instant still get this long each cue, later than their sound.
_LEAST_VISIBLE_MS = 200


def cue_times(stream: TokenStream, spans: list[CueSpan]) -> list[tuple[int, int]]:
    """Start and end of each span, in order, never overlapping, the profile's gap apart.

    A cue comes with its first word, up to `lead_in_ms` earlier when it would else be too short, and
    stays into the silence that follows as long as reading wants it.
    """
    starts = [_start_ms(stream, span) for span in spans]
    limits = [start - stream.profile.min_gap_ms for start in starts[1:]] + stream.latest_ms[-1:]
    times = [
        (start, _end_ms(stream, span, start, limit))
        for span, start, limit in zip(spans, starts, limits, strict=False)
    ]
    return _untangled(times, stream.profile)


def _start_ms(stream: TokenStream, span: CueSpan) -> int:
    spoken_ms = stream.tokens[span.start].start_ms
    wanted_ms = stream.profile.reading_ms(stream.width(span.start, span.stop))
    missing_ms = max(0, wanted_ms - (stream.latest_ms[span.stop] - spoken_ms))
    return max(stream.earliest_ms[span.start], spoken_ms - missing_ms)


def _end_ms(stream: TokenStream, span: CueSpan, start_ms: int, limit_ms: int) -> int:
    profile = stream.profile
    width = stream.width(span.start, span.stop)
    spoken_ms = stream.tokens[span.stop - 1].end_ms + profile.linger_ms
    wanted_ms = max(spoken_ms, start_ms + profile.comfortable_ms(width))
    if span.stop < len(stream.tokens) and limit_ms - wanted_ms < _FLICKER_MS:
        wanted_ms = limit_ms
    return min(wanted_ms, limit_ms, start_ms + profile.max_duration_ms)


def _untangled(times: list[tuple[int, int]], profile: SubtitleProfile) -> list[tuple[int, int]]:
    """The same times, unless words without room between them would make cues overlap or vanish."""
    least_ms = min(_LEAST_VISIBLE_MS, profile.max_duration_ms)
    free_from_ms = 0
    clear: list[tuple[int, int]] = []
    for wanted_start, wanted_end in times:
        start = max(wanted_start, free_from_ms)
        end = max(min(wanted_end, start + profile.max_duration_ms), start + least_ms)
        clear.append((start, end))
        free_from_ms = end + profile.min_gap_ms
    return clear
