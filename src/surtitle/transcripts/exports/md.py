"""Markdown (CommonMark): one paragraph each, with who speaks and when."""

import re

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.document import printable
from surtitle.transcripts.exports.paragraphs import clock_time, paragraphs

_MARKS = re.compile(r"([\\`*_\[\]<>&|~#])")
# What makes a list of a line that begins with it.
_LIST = re.compile(r"^(\d{0,9})([-+.)])")


def md_file(transcript: Transcript, title: str) -> bytes:
    """UTF-8, with the title as its heading."""
    heading = escaped(title)
    blocks = [f"# {heading}\n"] if heading else []
    return "\n".join([*blocks, *md_paragraphs(transcript)]).encode()


def md_paragraphs(transcript: Transcript) -> list[str]:
    """Each paragraph of the transcript, ending in a line end."""
    return [
        f"{_speaker(paragraph.speaker)}`{clock_time(paragraph.start_seconds)}` {escaped(paragraph.text)}\n"
        for paragraph in paragraphs(transcript)
    ]


def escaped(text: str) -> str:
    """What was said, on one line, so that none of it is mark-up wherever it stands."""
    marked = _MARKS.sub(r"\\\1", " ".join(printable(text).split()))
    return _LIST.sub(r"\1\\\2", marked)


def _speaker(name: str | None) -> str:
    return f"**{escaped(name)}** " if name else ""
