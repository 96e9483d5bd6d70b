"""What became of a text: its revisions, and what differs between two of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher

from surtitle.db.models import Revision
from surtitle.domain.transcript import Segment, Transcript, Word, join_words
from surtitle.transcripts.changes import Changes, Splice
from surtitle.transcripts.creation import RevisionKind
from surtitle.transcripts.shown_speakers import shown_speaker
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats
from surtitle.web.revision_authors import Author, Authors

KINDS = {
    RevisionKind.RECOGNISED: _("Written down by the recogniser"),
    RevisionKind.IMPORTED: _("Brought in from a file"),
    RevisionKind.LABELLED: _("Speakers told apart"),
    RevisionKind.EDIT: _("Edited"),
    RevisionKind.UNDO: _("Taken back"),
    RevisionKind.REDO: _("Done again"),
}
DEEDS = {
    "change_word": _("words"), "insert_words": _("words"), "delete_words": _("words"),
    "split_word": _("words"), "merge_words": _("words"), "rewrite_segment": _("words"),
    "time_segment": _("times"), "split_segment": _("split"), "merge_segments": _("joined"),
    "set_segments": _("speaker"), "assign_words": _("speaker"), "split_speaker": _("speaker"),
    "rename_speaker": _("speaker renamed"), "merge_speakers": _("speakers joined"),
    "replace_text": _("found and replaced"), "accept_segments": _("marked as right"),
    "accept_words": _("marked as right"),
}  # fmt: skip
"""What an operation was about, in a word or two."""

MOST_PLACES = 300
"""Of a comparison that a page shows."""

# More is shown as gone and come, rather than word by word.
_MOST_COMPARED = 250_000


@dataclass(frozen=True, slots=True)
class ShownRevision:
    """`kind` and `deeds` are to be translated."""

    number: int
    kind: str
    deeds: tuple[str, ...]
    author: Author
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that stayed, went (`deleted`) or came (`inserted`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where two revisions differ. `speakers`: before and after; empty where they are the same."""

    at: str
    pieces: tuple[Piece, ...]
    speakers: tuple[str, str]
    moved: bool
    """Whether times alone differ, or where cues begin."""


def shown_revisions(revisions: Sequence[Revision], authors: Authors) -> list[ShownRevision]:
    return [
        ShownRevision(
            number=one.number,
            kind=KINDS[RevisionKind(one.kind)],
            deeds=tuple(dict.fromkeys(DEEDS.get(deed["op"], deed["op"]) for deed in one.operations)),
            author=authors.of(one),
            created_at=one.created_at,
        )
        for one in revisions
    ]


def places_of(before: Transcript, changes: Changes) -> Iterator[Place]:
    """All places, in the order of the newer text."""
    known = {segment.id: segment for segment in before.segments}
    for splice in changes.splices:
        yield from _places(splice, known, before.language)


def _places(splice: Splice, known: dict[str, Segment], language: str | None) -> Iterator[Place]:
    old = [known[segment_id] for segment_id in splice.removed if segment_id in known]
    # A speaker who was renamed changes a whole recording: neighbours of the same ids are told one by one.
    if [one.id for one in old] == [one.id for one in splice.inserted]:
        for one, other in zip(old, splice.inserted, strict=True):
            yield _place([one], [other], language)
    else:
        yield _place(old, list(splice.inserted), language)


def _place(old: list[Segment], new: list[Segment], language: str | None) -> Place:
    pieces = tuple(_pieces(_words(old), _words(new)))
    speakers = _speakers(old, language), _speakers(new, language)
    return Place(
        at=Formats.length(int((new or old)[0].start_seconds)),
        pieces=pieces,
        speakers=speakers if speakers[0] != speakers[1] and old and new else ("", ""),
        moved=all(piece.kind == "same" for piece in pieces) and speakers[0] == speakers[1],
    )


def _words(segments: list[Segment]) -> list[Word]:
    return [word for segment in segments for word in segment.words]


def _speakers(segments: list[Segment], language: str | None) -> str:
    names = dict.fromkeys(segment.speaker for segment in segments if segment.speaker)
    return ", ".join(shown_speaker(name, language) for name in names)


def _pieces(old: list[Word], new: list[Word]) -> Iterator[Piece]:
    before, after = [word.text for word in old], [word.text for word in new]
    if len(before) * len(after) > _MOST_COMPARED:
        yield Piece("deleted", join_words(tuple(old)))
        yield Piece("inserted", join_words(tuple(new)))
        return
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", join_words(tuple(new[j1:j2])))
            continue
        if i1 < i2:
            yield Piece("deleted", join_words(tuple(old[i1:i2])))
        if j1 < j2:
            yield Piece("inserted", join_words(tuple(new[j1:j2])))
