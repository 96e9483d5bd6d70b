"""Cues as the editor shows them: the segments of a transcript, each with what a script needs to edit it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.pipelines.subtitles.profile import profile_for
from surtitle.transcripts.shown_speakers import shown_speaker
from surtitle.web.formats import Formats
from surtitle.web.told_transcript import UNSURE_BELOW, colours_of, doubts_of


@dataclass(frozen=True, slots=True)
class CueRow:
    """One cue. Times are whole milliseconds.

    `words`: the ids of its words, those that count on written as `w12*5`. `lengths`: how many characters each
    has, where not all are parted by spaces. `unsure`: the places of words that the recogniser is not sure of.
    """

    id: str
    start_ms: int
    end_ms: int
    at: str
    speaker: str
    """As the transcript calls them; empty where nobody is told apart."""
    shown_speaker: str
    colour: int
    text: str
    words: str
    lengths: str
    unsure: str
    doubts: tuple[str, ...]
    """Why it is not to be trusted, sentences to be translated."""


def cues_of(transcript: Transcript) -> list[CueRow]:
    """All cues in their order."""
    colours = colours_of(transcript)
    return [_row(segment, transcript.written_language, colours) for segment in transcript.segments]


def limits_of(options: SubtitleOptions) -> dict[str, float]:
    """What the check of subtitles goes by (`pipelines.subtitles.checking`), for the check while one types."""
    profile = profile_for(options)
    return {
        "line": profile.max_chars_per_line,
        "lines": profile.max_lines,
        "shortest": profile.min_duration_ms,
        "longest": profile.max_duration_ms,
        "speed": profile.max_chars_per_second,
        "gap": profile.min_gap_ms,
    }


def _row(segment: Segment, language: str | None, colours: dict[str, int]) -> CueRow:
    speaker = segment.speaker or ""
    return CueRow(
        id=segment.id,
        start_ms=round(segment.start_seconds * 1000),
        end_ms=round(segment.end_seconds * 1000),
        at=Formats.length(int(segment.start_seconds)),
        speaker=speaker,
        shown_speaker=shown_speaker(speaker, language) if speaker else "",
        colour=colours[speaker] if speaker else 0,
        text=segment.text,
        words=_runs([word.id for word in segment.words]),
        lengths=_lengths(segment.words),
        unsure=" ".join(str(place) for place, word in enumerate(segment.words) if _is_unsure(word)),
        doubts=doubts_of(segment),
    )


def _is_unsure(word: Word) -> bool:
    return word.confidence is not None and word.confidence < UNSURE_BELOW


def _lengths(words: Iterable[Word]) -> str:
    # As JavaScript counts: in units of UTF-16.
    kept = list(words)
    if not any(word.glued for word in kept):
        return ""
    return " ".join(f"{'+' if word.glued else ''}{len(word.text.encode('utf-16-le')) // 2}" for word in kept)


def _runs(ids: Sequence[str]) -> str:
    """`w3 w4 w5 w2.1` as `w3*3 w2.1`: three hours of words are thirty thousand ids."""
    breaks = [place for place, (one, two) in enumerate(pairwise(ids), 1) if _after(one) != two]
    spans = pairwise([0, *breaks, len(ids)])
    return " ".join(ids[a] if b - a == 1 else f"{ids[a]}*{b - a}" for a, b in spans)


def _after(word_id: str) -> str:
    """`w4` after `w3`, and `w2.2` after `w2.1`."""
    place = word_id.rfind(".") + 1 or 1
    return f"{word_id[:place]}{int(word_id[place:]) + 1}"
