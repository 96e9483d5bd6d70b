"""Minutes that a language model writes: section by section, checked, then the whole from what was true."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from surtitle.domain.minutes import Chapter, Minutes, MinutesLine, MinutesMethod
from surtitle.engines.writing import Writer, WritingOrder
from surtitle.pipelines.minutes.checking import CheckedNotes, fitted, shown, title_text
from surtitle.pipelines.minutes.evidence import Evidence
from surtitle.pipelines.minutes.forms import Digest, DigestLine, SectionNotes
from surtitle.pipelines.minutes.instructions import digest_instructions, section_instructions
from surtitle.pipelines.minutes.readings import Reading
from surtitle.pipelines.minutes.sections import Section, material_of, sections_of

_MOMENTS_OF_A_LINE = 4
_LONGEST_TEXT = 600
# Two chapters that begin closer to one another are one.
_SHORTEST_CHAPTER_SECONDS = 15.0

OnNotes = Callable[[Sequence[SectionNotes], int], Awaitable[None]]
"""Hears all notes so far and of how many sections, after each."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is there already: the extracted minutes and the sentences, without those set aside. `language` is
    what is to be written in.
    """

    extracted: Minutes
    readings: Sequence[Reading]
    language: str | None


async def written(writer: Writer, draft: Draft, done: Sequence[SectionNotes], on_notes: OnNotes) -> Minutes:
    """The minutes by `writer`. `done` are the notes of an earlier run on the first sections.

    Raises what `Writer.write` raises.
    """
    if not draft.readings:
        # All that was said was meant for a machine, which is not asked to read it.
        return draft.extracted
    sections = sections_of(draft.readings, writer.material_bytes)
    notes = list(done[: len(sections)])
    for section in sections[len(notes) :]:
        order = WritingOrder(section_instructions(draft.language), material_of(section))
        notes.append(await writer.write(order, SectionNotes))
        await on_notes(notes, len(sections))
    checked = CheckedNotes(Evidence(draft.readings, draft.language))
    for note in notes:
        checked.take(note)
    title, summary = notes[0].title, checked.summary
    if len(notes) > 1:
        title, summary = await _digested(writer, draft.language, checked)
    return _minutes(writer, draft, checked, _Head(title, summary, _chapters(draft, sections, notes)))


@dataclass(frozen=True, slots=True)
class _Head:
    title: str
    summary: Sequence[MinutesLine]
    chapters: tuple[Chapter, ...]


def _minutes(writer: Writer, draft: Draft, checked: CheckedNotes, head: _Head) -> Minutes:
    title = title_text(head.title)
    is_true = title and checked.evidence.is_title(title)
    return Minutes(
        language=draft.language,
        method=MinutesMethod.WRITTEN,
        writer=f"{writer.name} {writer.model}",
        title=title if is_true else draft.extracted.title,
        summary=tuple(head.summary),
        decisions=tuple(checked.decisions),
        actions=tuple(checked.actions),
        open_questions=tuple(checked.open_questions),
        chapters=head.chapters or draft.extracted.chapters,
        key_phrases=draft.extracted.key_phrases,
        unsupported=checked.unsupported,
        set_aside=draft.extracted.set_aside,
    )


async def _digested(
    writer: Writer, language: str | None, checked: CheckedNotes
) -> tuple[str, list[MinutesLine]]:
    """Title and summary of all sections, from notes that were found true."""
    lines = sorted([*checked.summary, *checked.decisions], key=lambda line: line.moments[0].start_seconds)
    lines = fitted(lines, writer.material_bytes)
    notes = [{"note": number, "text": line.text} for number, line in enumerate(lines)]
    material = json.dumps({"notes": notes}, ensure_ascii=False)
    digest = await writer.write(WritingOrder(digest_instructions(language), material), Digest)
    summary = [_digest_line(checked, lines, one) for one in digest.summary]
    checked.unsupported += summary.count(None)
    return digest.title, [line for line in summary if line is not None]


def _digest_line(
    checked: CheckedNotes, lines: Sequence[MinutesLine], written_line: DigestLine
) -> MinutesLine | None:
    rests_on = [lines[number] for number in dict.fromkeys(written_line.notes) if 0 <= number < len(lines)]
    moments = tuple(dict.fromkeys(moment for line in rests_on for moment in line.moments))
    text = shown(written_line.text, _LONGEST_TEXT)
    if not moments or not text or not checked.evidence.bears_out(text, moments):
        return None
    return MinutesLine(text, moments[:_MOMENTS_OF_A_LINE])


def _chapters(
    draft: Draft, sections: Sequence[Section], notes: Sequence[SectionNotes]
) -> tuple[Chapter, ...]:
    """Where the writer says that they begin; from 0 to the end of the recording."""
    starts = {one.index: one.sentence.start_seconds for one in draft.readings}
    evidence = Evidence(draft.readings, draft.language)
    found: dict[float, str] = {}
    for section, note in zip(sections, notes, strict=True):
        known = {sentence.index for sentence in section}
        for chapter in note.chapters:
            title = title_text(chapter.title)
            if chapter.line in known and title and evidence.is_title(title):
                found.setdefault(starts[chapter.line], title)
    return _following(found, draft.extracted.chapters[-1].end_seconds if draft.extracted.chapters else 0.0)


def _following(found: dict[float, str], end_seconds: float) -> tuple[Chapter, ...]:
    begins: list[float] = []
    for start in sorted(found):
        if not begins or start - begins[-1] >= _SHORTEST_CHAPTER_SECONDS:
            begins.append(start)
    times = [0.0, *begins[1:], end_seconds]
    return tuple(
        Chapter(found[start], times[place], max(times[place], times[place + 1]))
        for place, start in enumerate(begins)
    )
