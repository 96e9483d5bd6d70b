"""Minutes as Markdown for people: each line with the time of its moment, and what was said there."""

from collections.abc import Iterable, Iterator

from surtitle.domain.minutes import ActionItem, Minutes, MinutesLine, Moment
from surtitle.pipelines.minutes.headings import headings_in, note_of
from surtitle.transcripts.exports.md import escaped
from surtitle.transcripts.exports.paragraphs import clock_time
from surtitle.transcripts.shown_speakers import shown_speaker


def minutes_md(minutes: Minutes) -> bytes:
    """CommonMark, UTF-8. No word of a recording or of a model can become markup."""
    return ("\n".join(_blocks(minutes)).rstrip() + "\n").encode()


def _blocks(minutes: Minutes) -> Iterator[str]:
    language = minutes.language
    headings = headings_in(language)
    yield f"# {escaped(minutes.title)}\n"
    yield f"*{escaped(note_of(minutes))}*\n"
    yield from _section(headings.summary, _lines(minutes.summary, language))
    yield from _section(headings.decisions, _lines(minutes.decisions, language))
    yield from _section(headings.actions, (_action(item, language) for item in minutes.actions))
    yield from _section(headings.open_questions, _lines(minutes.open_questions, language))
    chapters = (f"- `{clock_time(one.start_seconds)}` {escaped(one.title)}" for one in minutes.chapters)
    yield from _section(headings.chapters, chapters)
    yield from _section(headings.set_aside, (_quoted(moment, language) for moment in minutes.set_aside))


def _section(heading: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield f"## {heading}\n"
        yield "\n".join(found) + "\n"


def _lines(lines: Iterable[MinutesLine], language: str | None) -> Iterator[str]:
    for line in lines:
        quotes = _quotes(line.text, line.moments, language)
        yield "\n".join([f"- {escaped(line.text)} {_times(line.moments)}", *quotes])


def _action(item: ActionItem, language: str | None) -> str:
    who = f"**{escaped(shown_speaker(item.who, language))}**: " if item.who else ""
    when = f" ({escaped(item.when)})" if item.when else ""
    quotes = _quotes(item.what, item.moments, language)
    return "\n".join([f"- {who}{escaped(item.what)}{when} {_times(item.moments)}", *quotes])


def _quotes(text: str, moments: Iterable[Moment], language: str | None) -> list[str]:
    """What was said, unless the line says just that."""
    return [f"  {_quoted(one, language)}" for one in moments if one.quote != text]


def _quoted(moment: Moment, language: str | None) -> str:
    who = f"{escaped(shown_speaker(moment.speaker, language))}: " if moment.speaker else ""
    return f"- `{clock_time(moment.start_seconds)}` {who}“{escaped(moment.quote)}”"


def _times(moments: Iterable[Moment]) -> str:
    return " ".join(f"`{clock_time(moment.start_seconds)}`" for moment in moments)
