"""The files of a finished transcript, and a text that was there before its job."""

from typing import Any

from surtitle.domain.jobs import EventType
from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.transcript import Transcript
from surtitle.jobs.work import JobWork
from surtitle.pipelines.step import StepContext
from surtitle.transcripts.exports import txt_file
from surtitle.transcripts.schema import transcript_json

TRANSCRIPT_JSON = "transcript.json"
TRANSCRIPT_TXT = "transcript.txt"


async def save_transcript(work: JobWork, transcript: Transcript, **checkpoint: Any) -> None:
    """Keep `transcript.json` (with a `checkpoint`, if any: see `JobWork.save`) and `transcript.txt`."""
    title = work.media.name if work.media else ""
    await work.save(TRANSCRIPT_JSON, transcript_json(transcript), media_type="application/json", **checkpoint)
    await work.save(TRANSCRIPT_TXT, txt_file(transcript, title), media_type="text/plain; charset=utf-8")


async def retell(context: StepContext[TranscriptionOptions], transcript: Transcript) -> None:
    """Take `transcript` as what was heard. Listeners hear its text once, in one piece."""
    delta = {
        "text": transcript.text,
        "start_seconds": 0.0,
        "end_seconds": transcript.duration_seconds,
        "confidence": None,
    }
    untold = context.cursor is None and transcript.text
    await save_transcript(
        context.work,
        transcript,
        step=context.name,
        cursor={"told": True},
        events=[(EventType.DELTA, delta)] if untold else [],
    )
