"""The voice of a film: spoken for it, or the recording that it is made for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from surtitle.jobs.work import JobWork
from surtitle.pipelines.film.material import kept_file
from surtitle.pipelines.film.timeline import Timeline
from surtitle.pipelines.sound import decoded_sound
from surtitle.pipelines.step import StepContext

NARRATION_WAV = "narration.wav"


def listens(work: JobWork) -> bool:
    """Whether somebody's own recording is heard in the film."""
    return work.media is not None


@asynccontextmanager
async def voice_file(context: StepContext[Any], timeline: Timeline) -> AsyncIterator[Path | None]:
    """The voice as a 16-bit mono WAV, for what moves with it; None where nobody speaks."""
    if listens(context.work):
        yield (await decoded_sound(context, None)).path
    elif timeline.has_voice:
        async with kept_file(context.work, NARRATION_WAV) as path:
            yield path
    else:
        yield None
