"""Minutes as a page tells them: each line with the moments that it rests on, to be played."""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine, MinutesMethod, Moment
from surtitle.transcripts.shown_speakers import shown_speaker
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats


@dataclass(frozen=True, slots=True)
class Place:
    """A moment of the recording. `quote` is what is said there, with its speaker if one is known."""

    start_seconds: float
    at: str
    quote: str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that the minutes say; `who` and `due` as they were said, empty where nobody said."""

    text: str
    places: tuple[Place, ...]
    who: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one kind. `heading` is a sentence to be translated."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ShownChapter:
    """Where a chapter begins."""

    title: str
    start_seconds: float
    at: str


@dataclass(frozen=True, slots=True)
class ShownMinutes:
    """The minutes of a meeting. `written`: by a language model, rather than picked from what was said."""

    title: str
    language: str
    written: bool
    writer: str
    sections: tuple[Section, ...]
    chapters: tuple[ShownChapter, ...]
    unsupported: int
    set_aside: tuple[Place, ...]


def shown_minutes(minutes: Minutes) -> ShownMinutes:
    """For the page: what is empty is left out."""
    chapters = (
        ShownChapter(one.title, one.start_seconds, Formats.length(one.start_seconds))
        for one in minutes.chapters
    )
    return ShownMinutes(
        title=minutes.title,
        language=minutes.language or "",
        written=minutes.method is MinutesMethod.WRITTEN,
        writer=minutes.writer,
        sections=tuple(section for section in _sections(minutes) if section.lines),
        chapters=tuple(chapters),
        unsupported=minutes.unsupported,
        set_aside=_places(minutes.set_aside, minutes.language),
    )


def _sections(minutes: Minutes) -> Iterator[Section]:
    language = minutes.language
    yield Section(_("Summary"), _lines(minutes.summary, language))
    yield Section(_("Decisions"), _lines(minutes.decisions, language))
    yield Section(_("Actions"), tuple(_action(one, language) for one in minutes.actions))
    yield Section(_("Open questions"), _lines(minutes.open_questions, language))


def _lines(lines: tuple[MinutesLine, ...], language: str | None) -> tuple[Line, ...]:
    return tuple(Line(one.text, _places(one.moments, language)) for one in lines)


def _action(action: ActionItem, language: str | None) -> Line:
    who = shown_speaker(action.who, language) if action.who else ""
    return Line(action.what, _places(action.moments, language), who, action.when or "")


def _places(moments: tuple[Moment, ...], language: str | None) -> tuple[Place, ...]:
    def quoted(moment: Moment) -> str:
        speaker = shown_speaker(moment.speaker, language) if moment.speaker else ""
        return f"{speaker}: {moment.quote}" if speaker else moment.quote

    return tuple(Place(one.start_seconds, Formats.length(one.start_seconds), quoted(one)) for one in moments)
