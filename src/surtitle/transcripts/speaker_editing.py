"""Operations on speakers: who a person says it was, for a whole voice or for some words."""

from dataclasses import replace

from surtitle.domain.transcript import Segment
from surtitle.transcripts import operations as ops
from surtitle.transcripts.draft import Draft
from surtitle.transcripts.errors import ImpossibleEdit


def rename_speaker(draft: Draft, wish: ops.RenameSpeaker) -> None:
    """Apply a `rename_speaker`."""
    theirs = _segments_of(draft, wish.speaker, "speaker")
    _require_new(draft, wish.name, "merge_speakers makes one speaker of two.")
    _give(draft, theirs, wish.name)


def merge_speakers(draft: Draft, wish: ops.MergeSpeakers) -> None:
    """Apply a `merge_speakers`."""
    theirs = [segment for speaker in wish.speakers for segment in _segments_of(draft, speaker, "speakers")]
    _give(draft, theirs, wish.name or wish.speakers[0])


def split_speaker(draft: Draft, wish: ops.SplitSpeaker) -> None:
    """Apply a `split_speaker`."""
    _segments_of(draft, wish.speaker, "speaker")
    _require_new(draft, wish.name, "set_segments gives segments to a speaker who is there.")
    segments = [draft.segment(segment_id, "segments") for segment_id in wish.segments]
    for segment in segments:
        if segment.speaker != wish.speaker:
            raise ImpossibleEdit(f"segment {segment.id!r} is not of {wish.speaker!r}.", "segments")
    _give(draft, segments, wish.name)


def assign_words(draft: Draft, wish: ops.AssignWords) -> None:
    """Apply an `assign_words`: what stands around the words stays a segment of its own on either side."""
    segment, start = draft.find(wish.words[0], "words")
    stop = start + len(wish.words)
    if tuple(word.id for word in segment.words[start:stop]) != wish.words:
        raise ImpossibleEdit(
            "only words that follow each other in one segment can be given to a speaker at once.", "words"
        )
    if wish.speaker == segment.speaker:
        return
    if wish.speaker == "":
        raise ImpossibleEdit("the name is empty; send null to take it away.", "speaker")
    position, parts = draft.place(segment), _parts(segment, start, stop)
    for number, (first, last) in enumerate(parts):
        words = segment.words[first:last]
        speaker = wish.speaker if first == start else segment.speaker
        if number == 0:
            draft.put(segment, words, speaker=speaker)
            continue
        following = replace(segment, id=draft.new_segment_id(), words=words, speaker=speaker)
        draft.add(following, position + number)


def _parts(segment: Segment, start: int, stop: int) -> list[tuple[int, int]]:
    parts = ((0, start), (start, stop), (stop, len(segment.words)))
    return [(first, last) for first, last in parts if first < last]


def _segments_of(draft: Draft, speaker: str, field: str) -> list[Segment]:
    found = [segment for segment in _all(draft) if segment.speaker == speaker]
    if not found:
        known = ", ".join(sorted({segment.speaker for segment in _all(draft) if segment.speaker})[:20])
        raise ImpossibleEdit(
            f"nobody in this revision is called {speaker!r}; there are: {known or 'no speakers'}.", field
        )
    return found


def _require_new(draft: Draft, name: str, otherwise: str) -> None:
    if not name:
        raise ImpossibleEdit("the name is empty.", "name")
    if any(segment.speaker == name for segment in _all(draft)):
        raise ImpossibleEdit(f"somebody is called {name!r} already; {otherwise}", "name")


def _all(draft: Draft) -> list[Segment]:
    return [draft.segment(segment_id, "segments") for segment_id in draft.segment_ids]


def _give(draft: Draft, segments: list[Segment], speaker: str) -> None:
    for segment in segments:
        draft.put(segment, segment.words, speaker=speaker)
