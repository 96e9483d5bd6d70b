"""A transcript as sentences of one speaker each, which is what minutes rest on."""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.domain.minutes import Moment
from surtitle.domain.transcript import Segment, Transcript, Word, join_words
from surtitle.transcripts.punctuation import with_endings

# Longer than anybody waits within a sentence.
_PAUSE_SECONDS = 2.0
# Speech without full stops, as some recognisers write it, is cut at the end of a segment from here on.
_LONG_WORDS = 40
# And anywhere from here on: a quote has to be short enough to be read.
_LONGEST_WORDS = 90


@dataclass(frozen=True, slots=True)
class Sentence:
    """`index` counts the sentences of the transcript from 0."""

    index: int
    text: str
    start_seconds: float
    end_seconds: float
    segment_id: str
    speaker: str | None
    language: str | None

    @property
    def moment(self) -> Moment:
        return Moment(self.start_seconds, self.end_seconds, self.text, self.segment_id, self.speaker)

    @property
    def is_question(self) -> bool:
        return self.text.rstrip("\"'»” ").endswith(("?", "\uff1f", "\u061f"))


def sentences_of(transcript: Transcript) -> tuple[Sentence, ...]:
    """All that was said, in order."""
    return tuple(
        Sentence(
            index,
            join_words(tuple(words)).strip(),
            words[0].start_seconds,
            words[-1].end_seconds,
            segment.id,
            segment.speaker,
            transcript.written_in(segment),
        )
        for index, (segment, words) in enumerate(_grouped(transcript.running))
    )


def _grouped(transcript: Transcript) -> Iterator[tuple[Segment, list[Word]]]:
    """The words of each sentence with the segment that it begins in."""
    opened: Segment | None = None
    words: list[Word] = []
    for segment in transcript.segments:
        if opened is not None and words and _breaks(opened, words, segment):
            yield opened, words
            words = []
        for word, ends in with_endings(segment.words, transcript.written_in(segment)):
            if not words:
                opened = segment
            words.append(word)
            if opened is not None and (ends or len(words) >= _LONGEST_WORDS):
                yield opened, words
                words = []
    if opened is not None and words:
        yield opened, words


def _breaks(opened: Segment, words: list[Word], following: Segment) -> bool:
    """Whether what was begun in `opened` ends before `following`, though no full stop says so."""
    if not following.words:
        return False
    return (
        following.speaker != opened.speaker
        or following.words[0].start_seconds - words[-1].end_seconds >= _PAUSE_SECONDS
        or len(words) >= _LONG_WORDS
    )
