"""Every file format that a transcript can be had as, behind one call."""

from collections.abc import Callable
from dataclasses import dataclass

from surtitle.domain.cues import CueSheet
from surtitle.domain.options import CaptionStyle, TranscriptFormat
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.subtitles.formats import ass_document, srt_document, vtt_document
from surtitle.transcripts.exports import docx_file, json_file, md_file, rttm_file, tsv_file, txt_file

# A script for players knows no picture; they scale it from this one.
_PLAYER_WIDTH, _PLAYER_HEIGHT = 1920, 1080


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file ready to be stored or sent. `extension` has no dot."""

    data: bytes
    media_type: str
    extension: str


_MEDIA_TYPES = {
    TranscriptFormat.TXT: "text/plain; charset=utf-8",
    TranscriptFormat.JSON: "application/json",
    TranscriptFormat.SRT: "application/x-subrip; charset=utf-8",
    TranscriptFormat.VTT: "text/vtt; charset=utf-8",
    TranscriptFormat.ASS: "text/x-ssa; charset=utf-8",
    TranscriptFormat.TSV: "text/tab-separated-values; charset=utf-8",
    TranscriptFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    TranscriptFormat.MD: "text/markdown; charset=utf-8",
    TranscriptFormat.RTTM: "text/plain; charset=utf-8",
}
_FROM_TRANSCRIPT: dict[TranscriptFormat, Callable[[Transcript, str], bytes]] = {
    TranscriptFormat.TXT: txt_file,
    TranscriptFormat.JSON: json_file,
    TranscriptFormat.TSV: tsv_file,
    TranscriptFormat.DOCX: docx_file,
    TranscriptFormat.MD: md_file,
    TranscriptFormat.RTTM: rttm_file,
}
_FROM_CUES: dict[TranscriptFormat, Callable[[CueSheet], str]] = {
    TranscriptFormat.SRT: srt_document,
    TranscriptFormat.VTT: vtt_document,
    TranscriptFormat.ASS: lambda sheet: ass_document(
        sheet, CaptionStyle(), width=_PLAYER_WIDTH, height=_PLAYER_HEIGHT
    ),
}


def media_type_of(format: TranscriptFormat) -> str:  # noqa: A002 - the word that users know it by
    """As HTTP names files of the format."""
    return _MEDIA_TYPES[format]


def export(format: TranscriptFormat, transcript: Transcript, cues: CueSheet, title: str) -> ExportedFile:  # noqa: A002 - the word that users know it by
    """`transcript`, or its `cues`, as a file. The same input gives the same bytes."""
    if format in _FROM_CUES:
        data = _FROM_CUES[format](cues).encode()
    else:
        data = _FROM_TRANSCRIPT[format](transcript, title)
    return ExportedFile(data, _MEDIA_TYPES[format], format.value)
