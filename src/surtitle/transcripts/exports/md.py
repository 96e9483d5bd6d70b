"""Markdown (CommonMark): one paragraph each, with who speaks and when."""

import re

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.document import printable
from surtitle.transcripts.exports.paragraphs import clock_time, paragraphs

# The marks that also count within a line; no text of ours stands at the start of one.
_MARKS = re.compile(r"([\\`*_\[\]<>&|~])")


def md_file(transcript: Transcript, title: str) -> bytes:
    """UTF-8, with the title as its heading."""
    heading = printable(title).strip()
    blocks = [f"# {escaped(heading)}\n"] if heading else []
    return "\n".join([*blocks, *md_paragraphs(transcript)]).encode()


def md_paragraphs(transcript: Transcript) -> list[str]:
    """Each paragraph of the transcript, ending in a line end."""
    return [
        f"{_speaker(paragraph.speaker)}`{clock_time(paragraph.start_seconds)}` {escaped(paragraph.text)}\n"
        for paragraph in paragraphs(transcript)
    ]


def escaped(text: str) -> str:
    """What was said, so that none of it is mark-up."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _speaker(name: str | None) -> str:
    return f"**{escaped(printable(name))}** " if name else ""
