"""The captions of a film: cues from the words of its timeline, shaped for its picture."""

from bisect import bisect_right
from itertools import groupby
from operator import itemgetter

from surtitle.domain.cues import CueSheet
from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.film.timeline import Timeline
from surtitle.pipelines.subtitles import make_cues

FILM_SRT = "film.srt"

# What stays readable on a phone: upright pictures hold half as many letters as wide ones.
_LINE_CHARACTERS = {"16:9": 42, "1:1": 30, "9:16": 22}
_ORIGIN = Origin(engine="", model="", compute_type="", device="")


def cues_of(timeline: Timeline, aspect: str) -> CueSheet:
    """Every word once, in cues of at most two lines that fit the picture."""
    options = SubtitleOptions(max_chars_per_line=_LINE_CHARACTERS[aspect], min_duration_seconds=0.7)
    return make_cues(_transcript(timeline), options)


def _transcript(timeline: Timeline) -> Transcript:
    """A segment for all that one speaker says during one scene: no cue goes over its end."""
    speakers = timeline.speakers or (None,) * len(timeline.words)
    scenes = [shot.start_seconds for shot in timeline.shots]
    told = [
        (word, speaker, bisect_right(scenes, word.start_seconds))
        for word, speaker in zip(timeline.words, speakers, strict=True)
    ]
    segments = tuple(
        _segment(number, tuple(word for word, *_ in group), speaker)
        for number, ((speaker, _), group) in enumerate(groupby(told, key=itemgetter(1, 2)), 1)
    )
    return Transcript(timeline.duration_seconds, timeline.language, None, _ORIGIN, segments)


def _segment(number: int, words: tuple[Word, ...], speaker: str | None) -> Segment:
    return Segment(f"s{number}", words[0].start_seconds, words[-1].end_seconds, words, speaker=speaker)
