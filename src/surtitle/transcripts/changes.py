"""What differs between two states of a transcript: found, written down, applied again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from surtitle.domain.transcript import Origin, Segment, Transcript, Word


@dataclass(frozen=True, slots=True)
class Splice:
    """Segments that came in place of others: right after the segment `after`, None for the beginning."""

    after: str | None
    removed: tuple[str, ...]
    inserted: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class WordChange:
    """One word before and after; None where it is not there.

    `follows` is the word that stands before an inserted one. `kin` is the word that an inserted one was
    made of, or that a removed one went into.
    """

    id: str
    before: Word | None
    after: Word | None
    follows: str | None = None
    kin: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """What a document says of itself as a whole, where an edit changed it."""

    language: str | None
    language_probability: float | None
    origins: dict[str, Origin]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that leads from one state to another. `splices` say it all; `words` is for readers."""

    splices: tuple[Splice, ...] = ()
    words: tuple[WordChange, ...] = ()
    heading: Heading | None = None

    def __bool__(self) -> bool:
        return bool(self.splices or self.heading)


_CHANGES = TypeAdapter(Changes)
_WORD_CHANGE = TypeAdapter(WordChange)
_NO_KIN: Mapping[str, str] = {}


def changes_between(before: Transcript, after: Transcript, kin: Mapping[str, str] = _NO_KIN) -> Changes:
    """What leads from `before` to `after`, two states of one transcript."""
    known = {segment.id: segment for segment in before.segments}
    same = {segment.id for segment in after.segments if known.get(segment.id) == segment}
    heading = _heading(after)
    return Changes(
        splices=tuple(_splices(before.segments, after.segments, same)),
        words=tuple(_word_changes(before, after, same, kin)),
        heading=None if heading == _heading(before) else heading,
    )


def apply_changes(transcript: Transcript, changes: Changes) -> Transcript:
    """The state that `changes` lead to from this one."""
    removed = {segment_id for splice in changes.splices for segment_id in splice.removed}
    inserted = {splice.after: splice.inserted for splice in changes.splices}
    segments = [*inserted.get(None, ())]
    for segment in transcript.segments:
        if segment.id not in removed:
            segments += [segment, *inserted.get(segment.id, ())]
    changed = replace(transcript, segments=tuple(segments))
    if changes.heading is None:
        return changed
    return replace(
        changed,
        language=changes.heading.language,
        language_probability=changes.heading.language_probability,
        origins=changes.heading.origins,
    )


def changes_json(changes: Changes) -> dict[str, Any]:
    """For the table, as plain JSON values."""
    document: dict[str, Any] = _CHANGES.dump_python(changes, mode="json")
    return document


def read_changes(document: Mapping[str, Any]) -> Changes:
    """The way back from `changes_json`."""
    return _CHANGES.validate_python(document)


def word_change_in(document: Mapping[str, Any], word_id: str) -> WordChange | None:
    """What changes, as JSON, say of one word; None when it was only beside a change."""
    for change in document["words"]:
        if change["id"] == word_id:
            return _WORD_CHANGE.validate_python(change)
    return None


def _heading(transcript: Transcript) -> Heading:
    return Heading(transcript.language, transcript.language_probability, transcript.origins)


def _splices(before: Sequence[Segment], after: Sequence[Segment], same: set[str]) -> Iterator[Splice]:
    # Segments are never moved past each other, so those that stayed stand in the same order in both.
    old, new = 0, 0
    anchor = None
    while old < len(before) or new < len(after):
        old_stop = next((i for i in range(old, len(before)) if before[i].id in same), len(before))
        new_stop = next((i for i in range(new, len(after)) if after[i].id in same), len(after))
        if old_stop > old or new_stop > new:
            gone = tuple(segment.id for segment in before[old:old_stop])
            yield Splice(anchor, gone, tuple(after[new:new_stop]))
        if old_stop < len(before):
            anchor = before[old_stop].id
        old, new = old_stop + 1, new_stop + 1


def _word_changes(
    before: Transcript, after: Transcript, same: set[str], kin: Mapping[str, str]
) -> Iterator[WordChange]:
    touched = (segment for segment in before.segments if segment.id not in same)
    old = {word.id: word for segment in touched for word in segment.words}
    previous = None
    for segment in after.segments:
        if segment.id not in same:
            for word in segment.words:
                known = old.pop(word.id, None)
                if known is None:
                    yield WordChange(word.id, None, word, previous, kin.get(word.id))
                elif known != word:
                    yield WordChange(word.id, known, word)
                previous = word.id
        previous = segment.words[-1].id
    for gone in old.values():
        yield WordChange(gone.id, gone, None, kin=kin.get(gone.id))
