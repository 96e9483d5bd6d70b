"""Plain text: one line a paragraph."""

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.exports.paragraphs import Paragraph, paragraphs


def txt_file(transcript: Transcript, _title: str) -> bytes:
    """UTF-8, what was said and nothing else, so that it can be piped on; empty when nothing was."""
    return "".join(f"{_line(paragraph)}\n" for paragraph in paragraphs(transcript)).encode()


def _line(paragraph: Paragraph) -> str:
    return f"{paragraph.speaker}: {paragraph.text}" if paragraph.speaker else paragraph.text
