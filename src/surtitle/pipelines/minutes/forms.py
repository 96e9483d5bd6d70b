"""The forms that a writer fills in. Bounds are wide: what is too much is cut, what is untrue left out."""

from typing import Annotated

from pydantic import Field

from surtitle.engines.writing import AnswerForm

_Text = Annotated[str, Field(max_length=4000)]
_LineNumber = Annotated[int, Field(ge=0, description="Number of the line that it rests on.")]
_Quote = Annotated[str, Field(max_length=4000, description="Words of that line, copied exactly.")]


class WrittenLine(AnswerForm):
    text: _Text
    line: _LineNumber
    quote: _Quote


class WrittenAction(AnswerForm):
    what: _Text
    who: _Text | None
    when: _Text | None
    line: _LineNumber
    quote: _Quote


class WrittenChapter(AnswerForm):
    title: _Text
    line: Annotated[int, Field(ge=0, description="Number of the line that it begins with.")]


class SectionNotes(AnswerForm):
    """What came of one section of a meeting."""

    title: _Text
    summary: Annotated[list[WrittenLine], Field(max_length=200)]
    decisions: Annotated[list[WrittenLine], Field(max_length=200)]
    actions: Annotated[list[WrittenAction], Field(max_length=200)]
    open_questions: Annotated[list[WrittenLine], Field(max_length=200)]
    chapters: Annotated[list[WrittenChapter], Field(max_length=200)]


class DigestLine(AnswerForm):
    text: _Text
    notes: Annotated[list[int], Field(max_length=50, description="Numbers of the notes that it rests on.")]


class Digest(AnswerForm):
    """A whole meeting from the notes on its sections."""

    title: _Text
    summary: Annotated[list[DigestLine], Field(max_length=200)]
