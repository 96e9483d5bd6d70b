"""Meetings for readers: minutes first, then what was said, as Word and as Markdown."""

from docx.document import Document as DocxDocument

from surtitle.domain.minutes import Minutes
from surtitle.pipelines.meeting.meeting import Meeting
from surtitle.pipelines.meeting.minutes_text import minutes_sections
from surtitle.pipelines.minutes.headings import headings_in, note_of
from surtitle.pipelines.minutes.markdown import minutes_md
from surtitle.transcripts.document import printable
from surtitle.transcripts.exports.docx import add_time, add_transcript, new_docx, saved_docx
from surtitle.transcripts.exports.md import md_file, md_paragraphs


def meeting_docx(meeting: Meeting, title: str) -> bytes:
    """An Office Open XML document. Equal meetings and titles give equal bytes."""
    minutes = meeting.minutes_now()
    document = new_docx(_title(minutes, title), meeting.transcript.written_language)
    if minutes is not None:
        _add_minutes(document, minutes)
        document.add_heading(headings_in(meeting.transcript.written_language).transcript, level=1)
    add_transcript(document, meeting.transcript)
    return saved_docx(document)


def meeting_md(meeting: Meeting, title: str) -> bytes:
    """CommonMark, UTF-8."""
    minutes = meeting.minutes_now()
    if minutes is None:
        return md_file(meeting.transcript, title)
    heading = headings_in(meeting.transcript.written_language).transcript
    said = "\n".join([f"## {heading}\n", *md_paragraphs(meeting.transcript)])
    return minutes_md(minutes) + b"\n" + said.encode()


def _title(minutes: Minutes | None, title: str) -> str:
    return minutes.title if minutes is not None and minutes.title.strip() else title


def _add_minutes(document: DocxDocument, minutes: Minutes) -> None:
    document.add_paragraph().add_run(note_of(minutes)).italic = True
    for section in minutes_sections(minutes):
        document.add_heading(section.heading, level=1)
        for moment, text in section.lines:
            block = document.add_paragraph(style="List Bullet")
            add_time(block, moment)
            block.add_run(printable(text))
