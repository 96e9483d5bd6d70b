"""What a writer noted, held against the recording: what it does not bear out is left out, and counted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from surtitle.domain.minutes import ActionItem, MinutesLine
from surtitle.pipelines.minutes.evidence import Evidence
from surtitle.pipelines.minutes.forms import SectionNotes, WrittenAction, WrittenLine
from surtitle.pipelines.minutes.readings import alike, keys_of, sentence_case
from surtitle.transcripts.document import printable

_LONGEST_TEXT = 600
_LONGEST_TITLE = 120
_SAME = 0.8

_Line = TypeVar("_Line", MinutesLine, ActionItem)


@dataclass
class CheckedNotes:
    """What is left of the notes on all sections, in order."""

    evidence: Evidence
    summary: list[MinutesLine] = field(default_factory=list)
    decisions: list[MinutesLine] = field(default_factory=list)
    actions: list[ActionItem] = field(default_factory=list)
    open_questions: list[MinutesLine] = field(default_factory=list)
    unsupported: int = 0

    def take(self, notes: SectionNotes) -> None:
        """The notes on the next section."""
        self._add(self.summary, map(self._line, notes.summary), _text)
        self._add(self.decisions, map(self._line, notes.decisions), _text)
        self._add(self.actions, map(self._action, notes.actions), _what)
        self._add(self.open_questions, map(self._line, notes.open_questions), _text)

    def _line(self, written: WrittenLine) -> MinutesLine | None:
        text = shown(written.text, _LONGEST_TEXT)
        moments = self.evidence.moments(written.quote, written.line)
        if not text or not moments or not self.evidence.bears_out(text, moments):
            return None
        return MinutesLine(text, moments)

    def _action(self, written: WrittenAction) -> ActionItem | None:
        line = self._line(WrittenLine(text=written.what, line=written.line, quote=written.quote))
        if line is None:
            return None
        who = self.evidence.who(one_line(written.who or "", _LONGEST_TITLE))
        when = self.evidence.when(one_line(written.when or "", _LONGEST_TITLE), line.moments)
        return ActionItem(line.text, line.moments, who, when)

    def _add(
        self, known: list[_Line], found: Iterable[_Line | None], text_of: Callable[[_Line], str]
    ) -> None:
        for line in found:
            if line is None:
                self.unsupported += 1
            elif not _is_known(text_of(line), map(text_of, known)):
                known.append(line)
        known.sort(key=lambda line: line.moments[0].start_seconds)


def shown(text: str, longest: int) -> str:
    """Text fit for one line of a document: it begins with a capital and is not too long."""
    return sentence_case(one_line(text, longest))


def one_line(text: str, longest: int) -> str:
    """Without control characters, one space between words."""
    line = " ".join(printable(text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def title_text(text: str) -> str:
    return shown(text, _LONGEST_TITLE).rstrip(".")


def _text(line: MinutesLine) -> str:
    return line.text


def _what(item: ActionItem) -> str:
    return item.what


def _is_known(text: str, others: Iterable[str]) -> bool:
    """Whether a section says again what one before it said."""
    keys = keys_of(text, frozenset())
    return any(alike(keys, keys_of(other, frozenset())) >= _SAME for other in others)


def fitted(lines: Sequence[MinutesLine], room_bytes: int) -> list[MinutesLine]:
    """As many lines as fit, spread evenly over the meeting."""
    step = 1
    while step < len(lines) and sum(len(line.text.encode()) + 40 for line in lines[::step]) > room_bytes:
        step += 1
    return list(lines[::step])
