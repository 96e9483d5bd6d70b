"""Minutes as Markdown for people: each line with the time of its moment, and what was said there."""

from collections.abc import Iterable, Iterator

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine, Moment
from surtitle.pipelines.minutes.headings import headings_in, note_of
from surtitle.transcripts.exports.md import escaped
from surtitle.transcripts.exports.paragraphs import clock_time


def minutes_md(minutes: Minutes) -> bytes:
    """CommonMark, UTF-8. No word of a recording or of a model can become markup."""
    return ("\n".join(_blocks(minutes)).rstrip() + "\n").encode()


def _blocks(minutes: Minutes) -> Iterator[str]:
    headings = headings_in(minutes.language)
    yield f"# {escaped(minutes.title)}\n"
    yield f"*{escaped(note_of(minutes))}*\n"
    yield from _section(headings.summary, map(_line, minutes.summary))
    yield from _section(headings.decisions, map(_line, minutes.decisions))
    yield from _section(headings.actions, map(_action, minutes.actions))
    yield from _section(headings.open_questions, map(_line, minutes.open_questions))
    chapters = (f"- `{clock_time(one.start_seconds)}` {escaped(one.title)}" for one in minutes.chapters)
    yield from _section(headings.chapters, chapters)
    yield from _section(headings.set_aside, (_quoted(moment) for moment in minutes.set_aside))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"## {heading}\n"
        yield "\n".join(found) + "\n"


def _line(line: MinutesLine) -> str:
    return "\n".join([f"- {escaped(line.text)} {_times(line.moments)}", *_quotes(line.text, line.moments)])


def _action(item: ActionItem) -> str:
    who = f"**{escaped(item.who)}**: " if item.who else ""
    when = f" ({escaped(item.when)})" if item.when else ""
    return "\n".join(
        [f"- {who}{escaped(item.what)}{when} {_times(item.moments)}", *_quotes(item.what, item.moments)]
    )


def _quotes(text: str, moments: Iterable[Moment]) -> list[str]:
    """What was said, unless the line says just that."""
    return [f"  {_quoted(one)}" for one in moments if one.quote != text]


def _quoted(moment: Moment) -> str:
    who = f"{escaped(moment.speaker)}: " if moment.speaker else ""
    return f"- `{clock_time(moment.start_seconds)}` {who}“{escaped(moment.quote)}”"


def _times(moments: Iterable[Moment]) -> str:
    return " ".join(f"`{clock_time(moment.start_seconds)}`" for moment in moments)
