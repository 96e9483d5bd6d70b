"""Minutes of a meeting: what came of it, each line with the moment that it rests on."""

from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import TypeAdapter

MINUTES_SCHEMA_VERSION = 1


class MinutesMethod(StrEnum):
    """`extracted`: sentences of the meeting itself, picked. `written`: by a language model, and checked."""

    EXTRACTED = "extracted"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in the recording. `quote` is what is said there, word for word as the transcript has it.

    `speaker` is as the transcript names them; None where nobody was told apart.
    """

    start_seconds: float
    end_seconds: float
    quote: str
    segment_id: str
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class MinutesLine:
    """One thing that the minutes say, and what it rests on: at least one moment."""

    text: str
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class ActionItem:
    """Somebody is to do something. `who` and `when` are as they were said ("by Friday"), None where nobody
    said.
    """

    what: str
    moments: tuple[Moment, ...]
    who: str | None = None
    when: str | None = None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A stretch of the meeting about one thing; chapters follow each other without gaps."""

    title: str
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, slots=True)
class Minutes:
    """All lines stand in the order of their moments. `language` is that of the text, ISO 639-1.

    `writer` says who made them (`extract`, or a writer and its model). `unsupported` counts the lines that a
    language model gave and that were left out, because the recording does not bear them out. `set_aside` are
    moments that speak to whoever writes the minutes rather than to the people in the room: nothing rests on
    them.
    """

    language: str | None
    method: MinutesMethod
    writer: str
    title: str
    summary: tuple[MinutesLine, ...] = ()
    decisions: tuple[MinutesLine, ...] = ()
    actions: tuple[ActionItem, ...] = ()
    open_questions: tuple[MinutesLine, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    key_phrases: tuple[str, ...] = ()
    unsupported: int = 0
    set_aside: tuple[Moment, ...] = ()
    schema_version: int = field(default=MINUTES_SCHEMA_VERSION)


_MINUTES = TypeAdapter(Minutes)


def minutes_json(minutes: Minutes) -> bytes:
    """`minutes.json`. Equal minutes give equal bytes."""
    return _MINUTES.dump_json(minutes, indent=1) + b"\n"


def read_minutes(data: bytes) -> Minutes:
    """The way back from `minutes_json`. Raises `ValueError` for anything else."""
    return _MINUTES.validate_json(data)
