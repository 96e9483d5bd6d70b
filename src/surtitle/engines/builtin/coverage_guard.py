"""The coverage guard: speech without words, and words that cannot be, are heard a second time.

Whisper leaves out whole utterances in the middle of a window, and falls into loops, without a sign in
its own figures. What tells is the sound: somebody speaks there. So each such place is decoded again on
its own, cut in pauses, and the better reading stands. What is doubtful even then is kept and marked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from surtitle.domain.coverage import measure_coverage
from surtitle.domain.languages import writes_without_spaces
from surtitle.domain.recognition import RecognizedSegment, RecognizedWord
from surtitle.domain.transcript import Stretch

Segments = tuple[RecognizedSegment, ...]
ReadAgain = Callable[[Stretch], Segments]
"""Decodes a stretch of the recording on its own."""

REPEATS = "repeats itself"
UNLIKELY = "low probability"

# A second reading that reaches further back than that would hear again what was understood.
_FARTHEST_PAUSE_SECONDS = 6.0
# Where there is no pause the cut is right behind the last word: its time may miss by that much.
_CUT_MARGIN_SECONDS = 0.05
_LONGEST_REGION_SECONDS = 20.0
# Gaining less speech than that is no better reading.
_WORTH_SECONDS = 0.4
# What was said in a gap is short, and short readings are easily made up: stricter than Whisper's own -1.
_LEAST_LOG_PROBABILITY = -0.9
# Of a loop's speech the plain reading has to cover this share: a loop covers all with nothing.
_LOOP_SHARE = 0.5
_LOOP_WORDS = 6
_LOOP_DISTINCT = 0.6


@dataclass(frozen=True, slots=True)
class _Region:
    """What is decoded again. `after_word`: it begins without a pause, right behind a word."""

    stretch: Stretch
    after_word: bool


def guarded(segments: Segments, speech: tuple[Stretch, ...], read_again: ReadAgain) -> Segments:
    """`segments` with every fault in them heard again; both and `speech` in order of time."""
    for region in _regions(segments, speech):
        second = _within(read_again(region.stretch), region, segments)
        if _is_better(second, _part(segments, region.stretch), _cut(speech, region.stretch)):
            segments = _replaced(segments, region.stretch, second)
    return segments


def _regions(segments: Segments, speech: tuple[Stretch, ...]) -> list[_Region]:
    regions: list[_Region] = []
    for fault in sorted(_faults(segments, speech), key=lambda fault: fault.start_seconds):
        region = _around(fault, speech)
        if regions and region.stretch.start_seconds < regions[-1].stretch.end_seconds:
            whole = Stretch(
                regions[-1].stretch.start_seconds,
                max(regions[-1].stretch.end_seconds, region.stretch.end_seconds),
            )
            if whole.seconds <= _LONGEST_REGION_SECONDS:
                regions[-1] = replace(regions[-1], stretch=whole)
                continue
        regions.append(region)
    return regions


def _faults(segments: Segments, speech: tuple[Stretch, ...]) -> Iterator[Stretch]:
    words = [word for segment in segments for word in segment.words]
    yield from measure_coverage(speech, words).unheard
    for segment in segments:
        if segment.doubtful == REPEATS:
            yield Stretch(segment.start_seconds, segment.end_seconds)


def _around(fault: Stretch, speech: tuple[Stretch, ...]) -> _Region:
    """`fault` widened to the pauses around it, where those are near."""
    if not speech:
        return _Region(fault, after_word=False)
    pauses = [(before.end_seconds + after.start_seconds) / 2 for before, after in pairwise(speech)]
    pauses = [speech[0].start_seconds - 1, *pauses, speech[-1].end_seconds + 1]
    first, last = fault.start_seconds - _CUT_MARGIN_SECONDS, fault.end_seconds + _CUT_MARGIN_SECONDS
    # A loop may lie farther from all sure speech than the outermost of them.
    before = (pause for pause in pauses if pause <= fault.start_seconds + _CUT_MARGIN_SECONDS)
    after = (pause for pause in pauses if pause >= fault.end_seconds - _CUT_MARGIN_SECONDS)
    start, end = max(before, default=first), min(after, default=last)
    after_word = fault.start_seconds - start > _FARTHEST_PAUSE_SECONDS
    if after_word:
        start = first
    if end - fault.end_seconds > _FARTHEST_PAUSE_SECONDS:
        end = last
    return _Region(Stretch(start, end), after_word)


def _within(second: Segments, region: _Region, first: Segments) -> Segments:
    """The second reading without the word that the first one has just before it."""
    kept = _part(second, region.stretch)
    if not region.after_word or not kept:
        return kept
    before = [
        word for segment in first for word in segment.words if _middle(word) < region.stretch.start_seconds
    ]
    if before and _bare(before[-1]) == _bare(kept[0].words[0]):
        return _part(kept, Stretch(kept[0].words[0].end_seconds, region.stretch.end_seconds))
    return kept


def _is_better(second: Segments, first: Segments, speech: tuple[Stretch, ...]) -> bool:
    if not second or not all(map(_is_believable, second)) or _goes_round(second):
        return False
    covered_by_second, covered_by_first = (_covered(reading, speech) for reading in (second, first))
    if any(segment.doubtful == REPEATS for segment in first):
        return covered_by_second >= _LOOP_SHARE * covered_by_first
    return covered_by_second >= covered_by_first + _WORTH_SECONDS


def _is_believable(segment: RecognizedSegment) -> bool:
    probability = segment.average_log_probability
    return segment.doubtful is None and (probability is None or probability >= _LEAST_LOG_PROBABILITY)


def _goes_round(segments: Segments) -> bool:
    """Whether the words come again and again: the text is too short for its compression to tell."""
    words: Sequence[object] = [_bare(word) for segment in segments for word in segment.words]
    if writes_without_spaces(segments[0].language):
        # There a word is a letter or two, and every text has the same ones again; three in a row it has not.
        letters = [word.text for segment in segments for word in segment.words]
        words = list(zip(letters, letters[1:], letters[2:], strict=False))
    return len(words) >= _LOOP_WORDS and len(set(words)) <= _LOOP_DISTINCT * len(words)


def _covered(segments: Segments, speech: tuple[Stretch, ...]) -> float:
    words = [word for segment in segments for word in segment.words]
    return measure_coverage(speech, words).covered_seconds


def _replaced(segments: Segments, region: Stretch, second: Segments) -> Segments:
    before = _part(segments, Stretch(float("-inf"), region.start_seconds))
    after = _part(segments, Stretch(region.end_seconds, float("inf")))
    return (*before, *second, *after)


def _part(segments: Iterable[RecognizedSegment], region: Stretch) -> Segments:
    """The words whose middle lies in `region`, in their segments."""
    parts: list[RecognizedSegment] = []
    for segment in segments:
        words = tuple(
            word for word in segment.words if region.start_seconds <= _middle(word) < region.end_seconds
        )
        if words:
            parts.append(
                replace(
                    segment,
                    words=words,
                    start_seconds=words[0].start_seconds,
                    end_seconds=words[-1].end_seconds,
                )
            )
    return tuple(parts)


def _cut(speech: tuple[Stretch, ...], region: Stretch) -> tuple[Stretch, ...]:
    parts = (
        Stretch(
            max(stretch.start_seconds, region.start_seconds), min(stretch.end_seconds, region.end_seconds)
        )
        for stretch in speech
    )
    return tuple(part for part in parts if part.seconds > 0)


def _middle(word: RecognizedWord) -> float:
    return (word.start_seconds + word.end_seconds) / 2


def _bare(word: RecognizedWord) -> str:
    return "".join(character for character in word.text.casefold() if character.isalnum())
