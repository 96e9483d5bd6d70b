"""A job's artifacts as a meeting, for the step that ends the recipe and for whoever asks again later."""

from collections.abc import Awaitable, Callable, Collection

from surtitle.domain.minutes import read_minutes
from surtitle.domain.speakers import DIARIZATION_JSON, SPEAKERS_JSON, read_diarization, read_speaker_names
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.meeting.meeting import Meeting

MINUTES_JSON = "minutes.json"
RESULT_JSON = "result.json"

ReadArtifact = Callable[[str], Awaitable[bytes]]


async def read_meeting(
    names: Collection[str], read: ReadArtifact, transcript: Transcript, revision: int | None
) -> Meeting:
    """The meeting around `transcript`, from those of the artifacts `names` that `read` gives."""
    return Meeting(
        transcript,
        revision,
        diarization=read_diarization(await read(DIARIZATION_JSON)) if DIARIZATION_JSON in names else None,
        names=read_speaker_names(await read(SPEAKERS_JSON)) if SPEAKERS_JSON in names else None,
        minutes=read_minutes(await read(MINUTES_JSON)) if MINUTES_JSON in names else None,
    )
