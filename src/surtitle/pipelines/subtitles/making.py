"""From a transcript to cues that can be read in the time they stand."""

from itertools import pairwise

from surtitle.domain.cues import Cue, CueSheet
from surtitle.domain.options import SubtitleOptions, TranscriptFormat
from surtitle.domain.transcript import Transcript, Word, join_words
from surtitle.pipelines.subtitles.masking import masked
from surtitle.pipelines.subtitles.profile import profile_for
from surtitle.pipelines.subtitles.segmentation import CueSpan, segment
from surtitle.pipelines.subtitles.speaker_marks import with_speaker_marks
from surtitle.pipelines.subtitles.stream import TokenStream, stream_of
from surtitle.pipelines.subtitles.timing import cue_times
from surtitle.pipelines.subtitles.tokens import milliseconds, tokens_of


def make_cues(transcript: Transcript, options: SubtitleOptions) -> CueSheet:
    """Every word of `transcript` once, in order, in cues within `options` where the speech allows.

    Lines and their length, the longest duration, the gap and the order always hold. Reading speed
    and the shortest duration give way when no division of the words keeps them. A word too long for
    a line stands as several pieces with one id. Swear words are masked if `options` say so.
    """
    if options.profanity == "mask":
        transcript = masked(transcript)
    profile = profile_for(options)
    tokens = tokens_of(transcript.running, profile.max_chars_per_line)
    stream = stream_of(tokens, profile, milliseconds(transcript.duration_seconds))
    spans = segment(stream)
    cues = [
        _cue(stream, span, start_ms, end_ms)
        for span, (start_ms, end_ms) in zip(spans, cue_times(stream, spans), strict=True)
    ]
    return CueSheet(language=transcript.written_language, cues=tuple(cues))


def cues_for(format: TranscriptFormat, transcript: Transcript, options: SubtitleOptions) -> CueSheet:  # noqa: A002 - as in `export`
    """The cues that a file of this format shows: SubRip's have the speakers' names in their text."""
    marked = with_speaker_marks(transcript) if format is TranscriptFormat.SRT else transcript
    return make_cues(marked, options)


def _cue(stream: TokenStream, span: CueSpan, start_ms: int, end_ms: int) -> Cue:
    edges = [span.start, *span.line_starts, span.stop]
    rows = [_words(stream, start, stop) for start, stop in pairwise(edges)]
    breaks: list[int] = []
    for row in rows[:-1]:
        breaks.append(len(row) + (breaks[-1] if breaks else 0))
    return Cue(
        start_seconds=start_ms / 1000,
        end_seconds=end_ms / 1000,
        lines=tuple(join_words(row) for row in rows),
        words=tuple(word for row in rows for word in row),
        line_breaks=tuple(breaks),
        speaker=stream.tokens[span.start].speaker,
    )


def _words(stream: TokenStream, start: int, stop: int) -> tuple[Word, ...]:
    return tuple(word for token in stream.tokens[start:stop] for word in token.words)
