"""What a person may do to a transcript, as data: checked for form here, for sense when it is applied."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from surtitle.domain.languages import language_code
from surtitle.transcripts.document import printable

MAX_OPERATIONS = 1000
MAX_REPLACEMENTS = 20
"""How many `replace_text` one revision may hold: each reads the whole transcript."""


def _clean(text: str) -> str:
    """`text` as it may stand in a document: printable, and no white space but single spaces."""
    return " ".join(printable(text).split())


def _put(text: str) -> str:
    """The same for what takes the place of another text, where a space alone parts what was together."""
    return " " if text.isspace() else _clean(text)


WORD_ID = r"^w[0-9]{1,9}(\.[0-9]{1,9})?$"
WordId = Annotated[str, Field(pattern=WORD_ID, examples=["w12"])]
SegmentId = Annotated[str, Field(pattern=r"^s[0-9]{1,9}(\.[0-9]{1,9})?$", examples=["s3"])]
Moment = Annotated[
    float, Field(ge=0, allow_inf_nan=False, description="Seconds from the start of the recording.")
]
Text = Annotated[str, Field(max_length=100_000), AfterValidator(_clean)]
Speaker = Annotated[str, Field(max_length=200), AfterValidator(_clean)]
Language = Annotated[str, AfterValidator(language_code)]


class _Operation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChangeWord(_Operation):
    """Give a word another text, other times, or both. Of a text with spaces, the first word keeps the id."""

    op: Literal["change_word"]
    word: WordId
    text: Text | None = None
    start_seconds: Moment | None = None
    end_seconds: Moment | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.text is None and self.start_seconds is None and self.end_seconds is None:
            raise ValueError("say what to change: text, start_seconds or end_seconds")
        return self


class InsertWords(_Operation):
    """Put words in, parted by spaces, after or before a word. Times left out are found in the gap there."""

    op: Literal["insert_words"]
    after: WordId | None = None
    before: WordId | None = None
    text: Text
    start_seconds: Moment | None = None
    end_seconds: Moment | None = None

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if self.after is not None and self.before is not None:
            raise ValueError("name one place: after or before")
        return self


class DeleteWords(_Operation):
    """Take words out. A segment without words goes with its last one."""

    op: Literal["delete_words"]
    words: Annotated[tuple[WordId, ...], Field(min_length=1, max_length=10_000)]


class SplitWord(_Operation):
    """Make two words of one; the first keeps the id. `at` counts the characters of the first."""

    op: Literal["split_word"]
    word: WordId
    at: Annotated[int, Field(ge=1, le=100_000)]
    at_seconds: Moment | None = None
    glued: bool = Field(False, description="No space between the two.")


class MergeWords(_Operation):
    """Make one word of several neighbours in one segment; the first id stays."""

    op: Literal["merge_words"]
    words: Annotated[tuple[WordId, ...], Field(min_length=2, max_length=1000)]
    text: Text | None = Field(None, description="Left out, the texts without spaces.")


class RewriteSegment(_Operation):
    """Give a segment another text. Words that stay keep ids and times; with no text the segment goes."""

    op: Literal["rewrite_segment"]
    segment: SegmentId
    text: Text


class TimeSegment(_Operation):
    """Have a segment begin or end at another time. Its words follow."""

    op: Literal["time_segment"]
    segment: SegmentId
    start_seconds: Moment | None = None
    end_seconds: Moment | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if self.start_seconds is None and self.end_seconds is None:
            raise ValueError("say what to change: start_seconds or end_seconds")
        return self


class SplitSegment(_Operation):
    """Begin a new segment with a word; what stands before it keeps the segment's id."""

    op: Literal["split_segment"]
    before: WordId


class MergeSegments(_Operation):
    """Make one segment of several neighbours; the first one's id, language and speaker stay."""

    op: Literal["merge_segments"]
    segments: Annotated[tuple[SegmentId, ...], Field(min_length=2, max_length=1000)]


class SetSegments(_Operation):
    """Say who speaks in segments, or in which language. Null takes a value away."""

    op: Literal["set_segments"]
    segments: Annotated[tuple[SegmentId, ...], Field(min_length=1, max_length=10_000)]
    speaker: Speaker | None = None
    language: Language | None = None

    @model_validator(mode="after")
    def _says_what(self) -> Self:
        if not self.model_fields_set & {"speaker", "language"}:
            raise ValueError("say what to set: speaker or language")
        return self


class ReplaceText(_Operation):
    """Find a text, also one that runs over several words of a segment, and put another in its place.

    `find` is taken as it is written: no character has a special meaning. A `replace` of nothing but a space
    parts what stood together.
    """

    op: Literal["replace_text"]
    find: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_clean)]
    replace: Annotated[str, Field(max_length=1000), AfterValidator(_put)]
    match_case: bool = False
    whole_words: bool = False
    segments: Annotated[tuple[SegmentId, ...], Field(max_length=10_000)] | None = Field(
        None, description="Look only here; left out, everywhere."
    )


class RenameSpeaker(_Operation):
    """Call a speaker otherwise, wherever they speak."""

    op: Literal["rename_speaker"]
    speaker: Speaker
    name: Speaker


class MergeSpeakers(_Operation):
    """Make one speaker of several: a person who was taken for two."""

    op: Literal["merge_speakers"]
    speakers: Annotated[tuple[Speaker, ...], Field(min_length=2, max_length=100)]
    name: Speaker | None = Field(None, description="Left out, that of the first.")


class SplitSpeaker(_Operation):
    """Give some segments of a speaker to a new one: two people who were taken for one."""

    op: Literal["split_speaker"]
    speaker: Speaker
    segments: Annotated[tuple[SegmentId, ...], Field(min_length=1, max_length=10_000)]
    name: Speaker


class AssignWords(_Operation):
    """Say who speaks neighbouring words of a segment, which is cut around them. Null takes a speaker away."""

    op: Literal["assign_words"]
    words: Annotated[tuple[WordId, ...], Field(min_length=1, max_length=10_000)]
    speaker: Speaker | None


class AcceptSegments(_Operation):
    """Take away the mark `doubtful`: a person has listened."""

    op: Literal["accept_segments"]
    segments: Annotated[tuple[SegmentId, ...], Field(min_length=1, max_length=10_000)]


class AcceptWords(_Operation):
    """Take words for right as they stand: a person has listened, and they are that person's now."""

    op: Literal["accept_words"]
    words: Annotated[tuple[WordId, ...], Field(min_length=1, max_length=10_000)]


Operation = Annotated[
    ChangeWord
    | InsertWords
    | DeleteWords
    | SplitWord
    | MergeWords
    | RewriteSegment
    | TimeSegment
    | SplitSegment
    | MergeSegments
    | SetSegments
    | ReplaceText
    | RenameSpeaker
    | MergeSpeakers
    | SplitSpeaker
    | AssignWords
    | AcceptSegments
    | AcceptWords,
    Field(discriminator="op"),
]
