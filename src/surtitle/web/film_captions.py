"""Captions of a film as browsers want them. Pure."""

import re

_TIME = re.compile(r"(\d{2}:\d{2}:\d{2}),(\d{3})")
_HEAD = "WEBVTT\n\n"


def webvtt_of(srt: str) -> str:
    """The cues of SubRip as WebVTT; signs that mean something there are only signs."""
    return _HEAD + "\n".join(_line(line) for line in srt.lstrip("\ufeff").splitlines()) + "\n"


def _line(line: str) -> str:
    if " --> " in line and _TIME.match(line):
        return _TIME.sub(r"\1.\2", line)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
