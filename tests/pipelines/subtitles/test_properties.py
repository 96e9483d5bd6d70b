"""What holds for any speech whatever, tried on random streams of words."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.subtitles import CueFaultKind, check_cues, make_cues
from surtitle.pipelines.subtitles.lines import best_layout
from surtitle.pipelines.subtitles.profile import profile_for
from surtitle.pipelines.subtitles.stream import TokenStream, stream_of
from surtitle.pipelines.subtitles.tokens import milliseconds, tokens_of

ALWAYS_KEPT = {
    CueFaultKind.EMPTY,
    CueFaultKind.OVERLAP,
    CueFaultKind.GAP_TOO_SHORT,
    CueFaultKind.TOO_LONG,
    CueFaultKind.LINE_TOO_LONG,
    CueFaultKind.TOO_MANY_LINES,
}

texts = st.one_of(
    st.sampled_from(
        ["the", "and", "I", "of", "London", "Dr.", "no.", "well,", "de", "qué?", "。", "東京", "«", "?"]
    ),
    st.text("abcdeéß-'.,/{}\\<&ก็", min_size=1, max_size=60),
)
options = st.builds(
    SubtitleOptions,
    max_chars_per_line=st.integers(10, 50),
    max_lines=st.integers(1, 3),
    min_duration_seconds=st.floats(0.3, 2),
    max_duration_seconds=st.floats(2, 8),
    max_chars_per_second=st.floats(8, 30),
    min_gap_seconds=st.floats(0, 0.3),
)


@st.composite
def transcripts(draw: st.DrawFn, most_words: int = 40, slowest_ms: int = 900) -> Transcript:
    now, words = 0, []
    for number in range(draw(st.integers(0, most_words))):
        now += draw(st.sampled_from([0, 0, 0, 0, 50, 300, 700, 2500]))
        end = now + draw(st.integers(0, slowest_ms))
        text = draw(texts)
        words.append(
            Word(f"w{number}", text, now / 1000, end / 1000, glued=bool(number) and draw(st.booleans()))
        )
        now = end
    cut = draw(st.integers(0, len(words)))
    speakers = draw(st.sampled_from([(None, None), ("A", "B")]))
    segments = tuple(
        Segment(f"s{n}", part[0].start_seconds, part[-1].end_seconds, tuple(part), "en", speakers[n])
        for n, part in enumerate((words[:cut], words[cut:]))
        if part
    )
    duration = now / 1000 + draw(st.sampled_from([0, 3]))
    return Transcript(duration, "en", 1.0, Origin("dummy", "none", "float32", "cpu"), segments)


@settings(max_examples=300, deadline=None)
@given(transcripts(), options)
def test_every_word_stands_once_in_order_and_the_hard_limits_hold(
    transcript: Transcript, options: SubtitleOptions
) -> None:
    sheet = make_cues(transcript, options)
    letters = "".join(word.text for word in transcript.words)
    assert "".join(word.text for cue in sheet.cues for word in cue.words) == letters
    shown = "".join(line for cue in sheet.cues for line in cue.lines)
    assert shown.replace(" ", "") == letters.replace(" ", "")
    kinds = {fault.kind for fault in check_cues(sheet, options)}
    assert not kinds & ALWAYS_KEPT
    assert all(before.end_seconds <= after.start_seconds for before, after in pairwise(sheet.cues))
    assert all(cue.end_seconds > cue.start_seconds >= 0 for cue in sheet.cues)


@settings(max_examples=300, deadline=None)
@given(transcripts(most_words=8), options)
def test_every_limit_holds_whenever_some_division_keeps_them_all(
    transcript: Transcript, options: SubtitleOptions
) -> None:
    profile = profile_for(options)
    tokens = tokens_of(transcript.running, profile.max_chars_per_line)
    stream = stream_of(tokens, profile, milliseconds(transcript.duration_seconds))
    if len(tokens) <= 9 and _some_division_is_clean(stream):
        assert check_cues(make_cues(transcript, options), options) == []


def _some_division_is_clean(stream: TokenStream) -> bool:
    count = len(stream.tokens)
    forced = {position for position in range(1, count) if stream.must_break[position]}
    free = sorted(set(range(1, count)) - forced)
    chosen = (set(cuts) | forced for size in range(len(free) + 1) for cuts in combinations(free, size))
    return any(
        all(_is_clean(stream, *span) for span in pairwise([0, *sorted(cuts), count])) for cuts in chosen
    )


def _is_clean(stream: TokenStream, start: int, stop: int) -> bool:
    if start == stop:
        return True
    profile = stream.profile
    spoken_ms = stream.tokens[stop - 1].end_ms - stream.tokens[start].start_ms
    given_ms = min(stream.available_ms(start, stop), profile.max_duration_ms)
    return (
        spoken_ms <= profile.max_duration_ms
        and profile.reading_ms(stream.width(start, stop)) <= given_ms
        and best_layout(stream, start, stop) is not None
    )
