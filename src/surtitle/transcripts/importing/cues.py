"""SubRip and WebVTT read line by line, so that a fault can be told by its line.

pysubs2 reads both without a word about what is wrong: it takes any line with two times in it for a cue,
WebVTT's notes and identifiers for text, and knows no lines. Hence this.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from surtitle.transcripts.errors import UnreadableSubtitles

_ARROW = "-->"
_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*{_ARROW}\s*{_CLOCK}(?:\s.*)?")
_NUMBER = re.compile(r"\s*\d+\s*")
# Lengths are bounded so that no line of `<<<<` takes a minute.
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|</>|<[\d:.]{5,16}>")
_OVERRIDE = re.compile(r"\{\\[^{}]{0,200}\}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?[ \t]+([^<>]{1,200})>")
_SKIPPED_BLOCKS = ("NOTE", "STYLE", "REGION")


@dataclass(slots=True)
class ReadCue:
    """A cue as the file has it. `line` is that of its times; `text` is still marked up."""

    line: int
    start_seconds: float
    end_seconds: float
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def srt_cues(text: str) -> list[ReadCue]:
    """The cues of a SubRip file. Raises `UnreadableSubtitles` naming the line."""
    lines = text.splitlines()
    cues: list[ReadCue] = []
    for number, line in enumerate(lines, 1):
        if _ARROW in line:
            if cues and cues[-1].lines and _NUMBER.fullmatch(cues[-1].lines[-1]):
                # The number of this cue, which stood right before its times.
                cues[-1].lines.pop()
            cues.append(_timed(number, line))
        elif cues:
            # Some files have empty lines within a cue; what follows them still belongs to it.
            if line.strip():
                cues[-1].lines.append(line)
        elif line.strip() and not _NUMBER.fullmatch(line):
            raise UnreadableSubtitles(f"{line.strip()[:40]!r} stands before the first cue.", number)
    return cues


def vtt_cues(text: str) -> list[ReadCue]:
    """The cues of a WebVTT file. Raises `UnreadableSubtitles` naming the line."""
    cues: list[ReadCue] = []
    # The first block is the head of the file.
    for block in islice(_blocks(text), 1, None):
        if block[0][1].startswith(_SKIPPED_BLOCKS):
            continue
        position = next((i for i, (_, line) in enumerate(block[:2]) if _ARROW in line), None)
        if position is None:
            number, line = block[0]
            raise UnreadableSubtitles(f"{line.strip()[:40]!r} is no cue: its times are missing.", number)
        cue = _timed(*block[position])
        cue.lines = [line for _, line in block[position + 1 :]]
        cues.append(cue)
    return cues


def plain_srt(text: str) -> str:
    """The text of a SubRip cue without its mark-up."""
    return _OVERRIDE.sub("", _TAG.sub("", text)).replace("\u2060", "")


def plain_vtt(text: str) -> str:
    """The text of a WebVTT cue without its mark-up, its escapes undone."""
    return html.unescape(_TAG.sub("", text))


def voice_of(text: str) -> str | None:
    """Who speaks, when a WebVTT cue begins by saying so."""
    found = _VOICE.match(text.lstrip())
    return " ".join(html.unescape(found[1]).split()) or None if found else None


def _blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Runs of lines between empty ones, each line with its number."""
    block: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _timed(number: int, line: str) -> ReadCue:
    found = _TIMING.fullmatch(line)
    if found is None:
        raise UnreadableSubtitles(
            f"{line.strip()[:60]!r} is no line of times such as '00:00:01,000 --> 00:00:02,500'.", number
        )
    start, end = _seconds(*found.groups()[:4]), _seconds(*found.groups()[4:])
    if end < start:
        raise UnreadableSubtitles(f"the cue ends at {end} s, before it starts at {start} s.", number)
    return ReadCue(number, start, end)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return whole + int(fraction.ljust(3, "0")) / 1000
