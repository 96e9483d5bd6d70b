"""A job's files of text, made anew from its JSON files as the steps made them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surtitle.domain.options import SubtitleOptions, TranscriptFormat
from surtitle.pipelines.subtitles import cues_for, export
from surtitle.transcripts.exports import txt_file
from surtitle.transcripts.schema import read_transcript

_TRANSCRIPT_JSON, _TRANSCRIPT_TXT = "transcript.json", "transcript.txt"
_MINUTES_JSON, _MINUTES_MD = "minutes.json", "minutes.md"
_SUBTITLES = {"subtitles.srt": TranscriptFormat.SRT, "subtitles.vtt": TranscriptFormat.VTT}


@dataclass(frozen=True, slots=True)
class Retelling:
    """`minutes_md` makes minutes for readers of `minutes.json`."""

    minutes_md: Callable[[bytes], bytes]

    def __call__(self, name: str, documents: Mapping[str, bytes], options: Mapping[str, Any]) -> bytes | None:
        """None for a file that is made otherwise, or of a document that is not there."""
        if name == _MINUTES_MD and _MINUTES_JSON in documents:
            return self.minutes_md(documents[_MINUTES_JSON])
        if name not in {_TRANSCRIPT_TXT, *_SUBTITLES} or _TRANSCRIPT_JSON not in documents:
            return None
        transcript = read_transcript(documents[_TRANSCRIPT_JSON])
        if name == _TRANSCRIPT_TXT:
            return txt_file(transcript, "")
        chosen = _SUBTITLES[name]
        wish = SubtitleOptions.model_validate(options.get("subtitles", {}))
        return export(chosen, transcript, cues_for(chosen, transcript, wish), "").data
