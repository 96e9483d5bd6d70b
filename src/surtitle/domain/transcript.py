"""What was said: words in segments, with times, confidence and origin."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

TRANSCRIPT_SCHEMA_VERSION = 1

_TRANSLATE = "translate"
# Han, kana and the marks that go with them. Korean has spaces, Thai has them between sentences.
_UNSPACED = (
    "\u3000-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff9f\U00020000-\U000323af"
)
# Of no script: dashes, quotation marks and dots stand in Chinese too.
_MARKS = "\u2014\u2018\u2019\u201c\u201d\u2026"
_RUN_ON = re.compile(f"[{_UNSPACED}][{_UNSPACED}{_MARKS}]|[{_MARKS}][{_UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word.

    `id` is stable for the life of the document; in cues, the pieces of a word too long for a line
    share it. Times are seconds from the start of the
    recording, `0 <= start <= end <= duration`. `confidence` is a probability in 0..1, or None
    when the engine gives none. `glued` words follow the one before without a space
    (Chinese, Japanese, Thai, or the tail of a hyphenated word). `origin` is a key of
    `Transcript.origins`; None for a word of the transcript's own `origin`.
    """

    id: str
    text: str
    start_seconds: float
    end_seconds: float
    confidence: float | None = None
    glued: bool = False
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech that belongs together, usually a sentence or a clause.

    `doubtful` holds the reason why the recogniser distrusts it, or None.
    """

    id: str
    start_seconds: float
    end_seconds: float
    words: tuple[Word, ...]
    language: str | None = None
    speaker: str | None = None
    average_log_probability: float | None = None
    doubtful: str | None = None

    @property
    def text(self) -> str:
        return join_words(self.words)


class OriginKind(StrEnum):
    """Who writes words: a recognition engine, a person, or the file that a transcript was imported from."""

    ENGINE = "engine"
    PERSON = "person"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Origin:
    """Which engine wrote a transcript, and how it was set. Holds no clock and no host name.

    For words of a person `engine` and the rest are empty; for imported ones `model` names the format.
    """

    engine: str
    model: str
    compute_type: str
    device: str
    task: str = "transcribe"
    kind: OriginKind = OriginKind.ENGINE


PERSON = "person"
"""The key in `Transcript.origins` of the words that people wrote."""

PERSON_ORIGIN = Origin("", "", "", "", kind=OriginKind.PERSON)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Seconds `[start, end)` of the recording."""

    start_seconds: float
    end_seconds: float

    @property
    def seconds(self) -> float:
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole recording as text. `language` is the ISO 639-1 code of what is spoken, None when nothing is.

    `speech_seconds` is how long somebody speaks, `covered_seconds` how much of that has words, and
    `doubtful_seconds` how much is unheard or under words that the recogniser distrusts; None where
    nothing told speech from silence. `unheard` is the speech for which no words were found. `origins`
    says who wrote the words that are not of `origin`. Edits leave the figures as they were measured.
    """

    duration_seconds: float
    language: str | None
    language_probability: float | None
    origin: Origin
    segments: tuple[Segment, ...] = ()
    speech_seconds: float | None = None
    covered_seconds: float | None = None
    doubtful_seconds: float | None = None
    unheard: tuple[Stretch, ...] = ()
    origins: dict[str, Origin] = field(default_factory=dict, hash=False)
    schema_version: int = field(default=TRANSCRIPT_SCHEMA_VERSION)

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def written_language(self) -> str | None:
        """The language of the text: of a translation English, whatever is spoken."""
        return "en" if self.origin.task == _TRANSLATE else self.language

    def written_in(self, segment: Segment) -> str | None:
        """The language of one segment's text."""
        return "en" if self.origin.task == _TRANSLATE else segment.language or self.language

    @property
    def text(self) -> str:
        return join_words(self.running.words)

    @property
    def running(self) -> "Transcript":
        """The same for those who put words of several segments together; see `run_together`."""
        return replace(self, segments=run_together(self.segments))


def run_together(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """The first word of each glued to the one before where no space belongs between the two."""
    joined: list[Segment] = []
    before = ""
    for segment in segments:
        words = segment.words
        if words and words[0].glued != runs_on(before, words[0].text):
            words = (replace(words[0], glued=not words[0].glued), *words[1:])
        joined.append(segment if words is segment.words else replace(segment, words=words))
        before = words[-1].text if words else before
    return tuple(joined)


def runs_on(before: str, after: str) -> bool:
    """Whether one text follows the other without a space, both being Chinese or Japanese."""
    return _RUN_ON.fullmatch(before[-1:] + after[:1]) is not None


def join_words(words: tuple[Word, ...]) -> str:
    """The words as a reader sees them: one space before each word that is not glued."""
    pieces: list[str] = []
    for word in words:
        if pieces and not word.glued:
            pieces.append(" ")
        pieces.append(word.text)
    return "".join(pieces)
