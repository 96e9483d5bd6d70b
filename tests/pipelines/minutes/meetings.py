"""Meetings as a recogniser would have heard them, from the texts in `meetings/`."""

import re
from pathlib import Path

from surtitle.domain.transcript import Origin, Segment, Transcript, Word

FOLDER = Path(__file__).parent / "spoken"
_LINE = re.compile(r"(\d+):(\d\d) (\S+): (.+)")
_WORD_SECONDS = 0.3


def meeting(language: str) -> Transcript:
    """The meeting in `meetings/LANGUAGE.txt`."""
    return heard((FOLDER / f"{language}.txt").read_text(encoding="utf-8"), language)


def heard(text: str, language: str | None = "en") -> Transcript:
    """Lines of `MINUTES:SECONDS SPEAKER: words`, one segment each; the speaker `-` is nobody known."""
    segments: list[Segment] = []
    for number, line in enumerate(filter(None, text.splitlines()), 1):
        found = _LINE.fullmatch(line.strip())
        assert found is not None, line
        start = int(found[1]) * 60 + int(found[2])
        words = tuple(
            Word(
                f"w{number}-{place}", word, start + place * _WORD_SECONDS, start + (place + 1) * _WORD_SECONDS
            )
            for place, word in enumerate(found[4].split())
        )
        speaker = None if found[3] == "-" else found[3]
        segments.append(
            Segment(f"s{number}", words[0].start_seconds, words[-1].end_seconds, words, language, speaker)
        )
    return Transcript(
        segments[-1].end_seconds + 1.0, language, 1.0, Origin("", "", "", ""), segments=tuple(segments)
    )
