"""A transcript as a reader's text: paragraphs rather than segments."""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.domain.transcript import Segment, Transcript, Word, join_words
from surtitle.transcripts.document import printable
from surtitle.transcripts.punctuation import ends_sentence
from surtitle.transcripts.shown_speakers import shown_speaker

# A speaker who stops this long has usually finished a thought.
PARAGRAPH_PAUSE_SECONDS = 1.5
# A lecture without such a pause would be one block; past this the next sentence begins a new one.
LONG_PARAGRAPH_CHARACTERS = 900


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text of one speaker, starting at `start_seconds`."""

    start_seconds: float
    text: str
    speaker: str | None


def clock_time(seconds: float) -> str:
    """Hours, minutes and seconds, as `0:04:05`."""
    minutes, whole_seconds = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{whole_seconds:02d}"


def paragraphs(transcript: Transcript) -> Iterator[Paragraph]:
    """New at a change of speaker, and after a sentence or segment that a long pause follows."""
    gathered: list[Word] = []
    speaker: str | None = None
    length = 0
    for segment, word in _words(transcript.running):
        opens_segment = word is segment.words[0]
        if gathered and (
            segment.speaker != speaker or _begins_anew(gathered[-1], word, opens_segment, length)
        ):
            yield _paragraph(gathered, speaker, transcript.written_language)
            gathered, length = [], 0
        gathered.append(word)
        length += len(word.text) + 1
        speaker = segment.speaker
    if gathered:
        yield _paragraph(gathered, speaker, transcript.written_language)


def _words(transcript: Transcript) -> Iterator[tuple[Segment, Word]]:
    for segment in transcript.segments:
        for word in segment.words:
            yield segment, word


def _begins_anew(previous: Word, word: Word, opens_segment: bool, length: int) -> bool:
    sentence_ended = ends_sentence(previous.text)
    pause_seconds = word.start_seconds - previous.end_seconds
    if pause_seconds >= PARAGRAPH_PAUSE_SECONDS:
        return sentence_ended or opens_segment
    return sentence_ended and length > LONG_PARAGRAPH_CHARACTERS


def _paragraph(words: list[Word], speaker: str | None, language: str | None) -> Paragraph:
    shown = shown_speaker(speaker, language) if speaker else speaker
    return Paragraph(words[0].start_seconds, printable(join_words(tuple(words))), shown)
