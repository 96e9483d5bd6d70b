"""Speech with plausible word times, written down instead of recorded."""

import re
from collections.abc import Callable

import pytest

from surtitle.domain.transcript import Origin, Segment, Transcript, Word

Speak = Callable[..., Transcript]

_CHARACTER_SECONDS = 1 / 15
_COMMA_SECONDS = 0.15
_SENTENCE_SECONDS = 0.4


@pytest.fixture
def spoken() -> Speak:
    """Speaks text at 15 characters a second, a segment a sentence; `speaker: ` may open a line."""
    return _transcript


def _transcript(text: str, language: str = "en", *, line_pause_seconds: float = 0.0) -> Transcript:
    now, count = 0.5, 0
    segments: list[Segment] = []
    for line in text.strip().splitlines():
        named = re.fullmatch(r"(\w+)> (.+)", line)
        speaker, said = named.groups() if named else (None, line)
        for sentence in re.split(r"(?<=[.?!]) ", said):
            words = []
            for written in sentence.split():
                count += 1
                end = round(now + (len(written) + 1) * _CHARACTER_SECONDS, 3)
                words.append(Word(f"w{count}", written, now, end, 0.9))
                now = round(end + (_COMMA_SECONDS if written.endswith(",") else 0), 3)
            start, end = words[0].start_seconds, words[-1].end_seconds
            name = f"s{len(segments) + 1}"
            segments.append(Segment(name, start, end, tuple(words), language, speaker))
            now = round(now + _SENTENCE_SECONDS, 3)
        now = round(now + line_pause_seconds, 3)
    return Transcript(now, language, 1.0, Origin("dummy", "none", "float32", "cpu"), tuple(segments))
