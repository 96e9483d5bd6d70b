"""A transcript while it is edited: its words and segments found by id, its order kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from surtitle.domain.transcript import PERSON, PERSON_ORIGIN, Segment, Transcript, Word
from surtitle.transcripts.cuts import persons_cut
from surtitle.transcripts.errors import ImpossibleEdit

MAX_WRITTEN_CHARACTERS = 2_000_000
"""How much text one revision may write, so that no small request makes an endless document."""

MAX_WORDS = 500_000
"""How many words an import or an edit may make a document of: more than 48 hours of speech. Whoever works
with a document holds all of it in memory.
"""

_LONGEST_WORD_CHARACTERS = 1000
# Each operation goes through a whole segment.
_LONGEST_SEGMENT_WORDS = 5000


@dataclass(frozen=True, slots=True)
class Room:
    """The time that words may take up: from the end of the word before to the start of the word after."""

    floor_seconds: float
    ceiling_seconds: float


class Draft:
    """Edits go through `put` and its kin, which keep segments non-empty and their times those of their words.

    New ids hold the number of the `revision` that is being made, so that none is ever used twice.
    `kin` leads from a word that was made of another, or went into another, to that other word.
    """

    def __init__(self, transcript: Transcript, revision: int) -> None:
        self.kin: dict[str, str] = {}
        self._source = transcript
        self._revision = revision
        self._order = [segment.id for segment in transcript.segments]
        self._segments = {segment.id: segment for segment in transcript.segments}
        self._home = {word.id: segment.id for segment in transcript.segments for word in segment.words}
        self._most_words = max(MAX_WORDS, len(self._home))
        self._new_words = 0
        self._new_segments = 0
        self._written_characters = 0

    @property
    def duration_seconds(self) -> float:
        return self._source.duration_seconds

    @property
    def segment_ids(self) -> tuple[str, ...]:
        return tuple(self._order)

    def transcript(self) -> Transcript:
        """The document as it stands now."""
        segments = tuple(self._segments[segment_id] for segment_id in self._order)
        origins = self._source.origins
        if PERSON not in origins and any(word.origin == PERSON for s in segments for word in s.words):
            origins = {**origins, PERSON: PERSON_ORIGIN}
        edited = replace(self._source, segments=segments, origins=origins)
        return _with_language(edited, self._source)

    # Finding

    def segment(self, segment_id: str, field: str) -> Segment:
        """Raises `ImpossibleEdit` about `field` when there is no such segment."""
        try:
            return self._segments[segment_id]
        except KeyError:
            raise ImpossibleEdit(f"there is no segment {segment_id!r} in this revision.", field) from None

    def find(self, word_id: str, field: str) -> tuple[Segment, int]:
        """The segment of a word and the word's place in it. Raises `ImpossibleEdit` about `field`."""
        segment = self.home(word_id, field)
        return segment, next(place for place, word in enumerate(segment.words) if word.id == word_id)

    def home(self, word_id: str, field: str) -> Segment:
        """The segment of a word. Raises `ImpossibleEdit` about `field`."""
        if word_id not in self._home:
            raise ImpossibleEdit(f"there is no word {word_id!r} in this revision.", field)
        return self._segments[self._home[word_id]]

    def place(self, segment: Segment) -> int:
        """Where the segment stands among all."""
        return self._order.index(segment.id)

    def room(self, segment: Segment, start: int, stop: int) -> Room:
        """The room for words that stand, or are to stand, at `segment.words[start:stop]`."""
        floor, ceiling = 0.0, self.duration_seconds
        if start > 0:
            floor = segment.words[start - 1].end_seconds
        elif (position := self.place(segment)) > 0:
            floor = self._segments[self._order[position - 1]].words[-1].end_seconds
        if stop < len(segment.words):
            ceiling = segment.words[stop].start_seconds
        elif (position := self.place(segment)) + 1 < len(self._order):
            ceiling = self._segments[self._order[position + 1]].words[0].start_seconds
        return Room(floor, ceiling)

    # Changing

    def put(self, segment: Segment, words: Sequence[Word], **fields: Any) -> None:
        """The segment with these words and fields; without words it goes."""
        before = self._segments[segment.id].words
        if len(words) > max(_LONGEST_SEGMENT_WORDS, len(before)):
            raise ImpossibleEdit(
                f"segment {segment.id!r} would have {len(words)} words, and {_LONGEST_SEGMENT_WORDS} are the "
                "most. Split it first.",
                "op",
            )
        count = len(self._home) + len(words) - len(before)
        if count > self._most_words:
            raise ImpossibleEdit(
                f"the transcript would have {count} words, and {self._most_words} are the most.", "op"
            )
        for word in before:
            self._home.pop(word.id, None)
        if not words:
            del self._segments[segment.id]
            self._order.remove(segment.id)
            return
        self._settle(replace(segment, words=tuple(words), **fields))

    def add(self, segment: Segment, position: int) -> None:
        """A new segment at `position` among all."""
        self._order.insert(position, segment.id)
        self._settle(segment)

    def new_word_id(self) -> str:
        self._new_words += 1
        return f"w{self._revision}.{self._new_words}"

    def new_segment_id(self) -> str:
        self._new_segments += 1
        return persons_cut(self._revision, self._new_segments)

    def written(self, text: str, field: str) -> str:
        """`text` as a word that a person writes. Raises `ImpossibleEdit` for one that is too long."""
        self._written_characters += len(text)
        if len(text) > _LONGEST_WORD_CHARACTERS:
            raise ImpossibleEdit(
                f"a word has {_LONGEST_WORD_CHARACTERS} characters at most, and this one {len(text)}.", field
            )
        if self._written_characters > MAX_WRITTEN_CHARACTERS:
            raise ImpossibleEdit(
                f"one revision may write {MAX_WRITTEN_CHARACTERS} characters at most; make several.", field
            )
        return text

    def _settle(self, segment: Segment) -> None:
        words = segment.words
        if words[0].glued:
            # Nothing before it in its segment to be glued to.
            words = (replace(words[0], glued=False), *words[1:])
        self._segments[segment.id] = replace(
            segment, words=words, start_seconds=words[0].start_seconds, end_seconds=words[-1].end_seconds
        )
        self._home.update((word.id, segment.id) for word in words)


def _with_language(edited: Transcript, source: Transcript) -> Transcript:
    """The language spoken longest, found anew where a person changed a segment's."""
    language = spoken_longest(edited.segments)
    if language == spoken_longest(source.segments):
        return edited
    return replace(edited, language=language, language_probability=None)


def spoken_longest(segments: Sequence[Segment]) -> str | None:
    """The language with the most seconds; the first heard wins a tie. None when none is known."""
    seconds: dict[str, float] = {}
    for segment in segments:
        if segment.language is not None:
            length = segment.end_seconds - segment.start_seconds
            seconds[segment.language] = seconds.get(segment.language, 0.0) + length
    return max(seconds, key=seconds.__getitem__, default=None)
