"""Minutes as headings and lines, in the language that they are written in, for documents that people read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine
from surtitle.pipelines.minutes.headings import headings_in
from surtitle.transcripts.shown_speakers import shown_speaker


@dataclass(frozen=True, slots=True)
class MinutesSection:
    """A heading and what stands under it: texts, each with the moment that it rests on."""

    heading: str
    lines: tuple[tuple[float, str], ...]


def minutes_sections(minutes: Minutes) -> Iterator[MinutesSection]:
    """The sections that hold anything, in the order of a reader's interest."""
    headings = headings_in(minutes.language)
    for heading, lines in (
        (headings.summary, _lines(minutes.summary)),
        (headings.decisions, _lines(minutes.decisions)),
        (headings.actions, tuple(_action(item, minutes.language) for item in minutes.actions)),
        (headings.open_questions, _lines(minutes.open_questions)),
        (headings.chapters, tuple((one.start_seconds, one.title) for one in minutes.chapters)),
    ):
        if lines:
            yield MinutesSection(heading, lines)


def _lines(lines: Iterable[MinutesLine]) -> tuple[tuple[float, str], ...]:
    return tuple((line.moments[0].start_seconds, line.text) for line in lines)


def _action(item: ActionItem, language: str | None) -> tuple[float, str]:
    who = f"{shown_speaker(item.who, language)}: " if item.who else ""
    when = f" ({item.when})" if item.when else ""
    return item.moments[0].start_seconds, f"{who}{item.what}{when}"
