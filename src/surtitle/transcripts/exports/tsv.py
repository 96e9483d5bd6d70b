"""Whisper's table: one segment a line, times in milliseconds."""

from surtitle.domain.transcript import Transcript


def tsv_file(transcript: Transcript, _title: str) -> bytes:
    """UTF-8, columns `start`, `end`, `text`, as `whisper --output_format tsv` writes them."""
    rows = ["start\tend\ttext"]
    rows += [
        f"{round(segment.start_seconds * 1000)}\t{round(segment.end_seconds * 1000)}\t"
        f"{' '.join(segment.text.split())}"
        for segment in transcript.segments
    ]
    return ("\n".join(rows) + "\n").encode()
