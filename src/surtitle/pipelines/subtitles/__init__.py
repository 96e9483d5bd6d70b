"""Subtitle craft: cues from word times, their check, and the files that carry them."""

from surtitle.pipelines.subtitles.checking import CueFault, CueFaultKind, check_cues
from surtitle.pipelines.subtitles.exports import ExportedFile, export
from surtitle.pipelines.subtitles.formats import ass_document, srt_document, vtt_document
from surtitle.pipelines.subtitles.making import cues_for, make_cues
from surtitle.pipelines.subtitles.schema import UnreadableCues, cues_json, read_cues

__all__ = [
    "CueFault",
    "CueFaultKind",
    "ExportedFile",
    "UnreadableCues",
    "ass_document",
    "check_cues",
    "cues_for",
    "cues_json",
    "export",
    "make_cues",
    "read_cues",
    "srt_document",
    "vtt_document",
]
