"""The documented JSON (`docs/user/transcript.schema.json`)."""

from surtitle.domain.transcript import Transcript
from surtitle.transcripts.schema import transcript_json


def json_file(transcript: Transcript, _title: str) -> bytes:
    """UTF-8 JSON. It has no place for a title: the document is about what was said."""
    return transcript_json(transcript)
