r"""Cues as subtitle files: SubRip, WebVTT, Advanced SubStation Alpha.

pysubs2 writes the last. For the first two it reads `{…}`, `\N` and `<` in what was said as mark-up and
escapes nothing, so they are written here: both are a few lines.
"""

import html
import re

from surtitle.domain.cues import Cue, CueSheet
from surtitle.pipelines.subtitles.ass import ass_document
from surtitle.pipelines.subtitles.tokens import milliseconds
from surtitle.transcripts.shown_speakers import shown_speaker

__all__ = ["ass_document", "srt_document", "vtt_document"]

# Invisible and of no width; parts a mark from what would make it mark-up (mpv does the same).
_WORD_JOINER = "\u2060"
_LOOKS_LIKE_A_TAG = re.compile(r"<(?=[A-Za-z/!])|\{(?=\\)")


def srt_document(sheet: CueSheet) -> str:
    """SubRip: UTF-8 text, LF line ends, every block followed by an empty line; empty without cues."""
    return "".join(
        f"{number}\n{_clock(cue.start_seconds, ',')} --> {_clock(cue.end_seconds, ',')}\n{_srt_text(cue)}\n\n"
        for number, cue in enumerate(sheet.cues, 1)
    )


def vtt_document(sheet: CueSheet) -> str:
    """WebVTT (W3C), with a voice span where the speaker is known."""
    blocks = [
        f"{_clock(cue.start_seconds, '.')} --> {_clock(cue.end_seconds, '.')}\n"
        f"{_vtt_text(cue, sheet.language)}\n"
        for cue in sheet.cues
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _clock(seconds: float, decimal_mark: str) -> str:
    total_seconds, rest_ms = divmod(milliseconds(seconds), 1000)
    minutes, whole_seconds = divmod(total_seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{whole_seconds:02d}{decimal_mark}{rest_ms:03d}"


def _srt_text(cue: Cue) -> str:
    # SubRip knows no escape: what a player would take for mark-up is defused without being seen.
    text = cue.text.replace("-->", "→")
    return _LOOKS_LIKE_A_TAG.sub(lambda found: found[0] + _WORD_JOINER, text)


def _vtt_text(cue: Cue, language: str | None) -> str:
    # Escaping `>` breaks up `-->`, which may not stand in a cue's text.
    text = html.escape(cue.text, quote=False)
    if not cue.speaker:
        return text
    name = " ".join(shown_speaker(cue.speaker, language).split())
    return f"<v {html.escape(name, quote=False)}>{text}</v>"
