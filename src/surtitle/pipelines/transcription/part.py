"""A part of a long recording, heard for a run of the whole that is elsewhere."""

import asyncio
from contextlib import aclosing
from typing import Any

from surtitle.domain.options import Options, TranscriptionOptions
from surtitle.domain.recipes import StepName
from surtitle.domain.recognition import WindowCursor
from surtitle.engines.host import EngineHost
from surtitle.jobs.parts import of_whole, sound_name
from surtitle.jobs.work import JobWork
from surtitle.pipelines.transcription.hearing import HEARD_WINDOW, Ear, HeardWindow, window_name
from surtitle.pipelines.transcription.outline import PART_OUTLINE, PartOutline, outline_name, put_in_place
from surtitle.pipelines.transcription.selection import EngineSelector

WINDOWS = "windows/"
"""The folder of what a part has heard, among its artifacts."""


class PartOptions(Options):
    """What the job of a part is given: how to listen, and where it begins."""

    transcription: TranscriptionOptions
    start: WindowCursor


def part_options(options: TranscriptionOptions, ear: Ear, start: WindowCursor) -> dict[str, Any]:
    """What to store with the job of a part that begins at `start`: the engine and the model are those of the
    whole, also on a machine that would choose others.
    """
    told = {name: getattr(options, name) for name in TranscriptionOptions.model_fields}
    transcription = TranscriptionOptions.model_validate({**told, **ear.choice})
    return PartOptions(transcription=transcription, start=start).model_dump(mode="json")


class PartHearing:
    """Runs jobs that are parts. Each settled window is kept, and the run of the whole joins it from there."""

    def __init__(self, host: EngineHost, selector: EngineSelector) -> None:
        self._host = host
        self._selector = selector

    async def run(self, work: JobWork) -> dict[str, Any]:
        """Hear what is left of the part."""
        assert work.job.part is not None, "only parts have a whole"
        options = PartOptions.model_validate(work.job.options)
        outline = PART_OUTLINE.validate_json(await of_whole(work, outline_name(work.job.part)))
        start = await _resumed(work) or options.start
        if start.sample < outline.end:
            selection = await asyncio.to_thread(self._selector.select, options.transcription)
            ear = Ear(self._host, selection.setup, options.transcription)
            await self._hear(work, ear, outline, start)
        return {}

    async def _hear(self, work: JobWork, ear: Ear, outline: PartOutline, start: WindowCursor) -> None:
        sound = work.scratch / "sound.wav"
        cut = await of_whole(work, sound_name(outline.number))
        await asyncio.to_thread(put_in_place, cut, outline, sound)
        async with aclosing(ear.hear(sound, start, outline.windows)) as heard:
            async for window in heard:
                await _keep(work, window)
                done = (window.window.next.sample - outline.start) / (outline.end - outline.start)
                await work.progress(done, step=StepName.TRANSCRIPTION)


async def _resumed(work: JobWork) -> WindowCursor | None:
    """Where an earlier run of this part came to an end; None if there was none."""
    kept = await work.artifacts(WINDOWS)
    if not kept:
        return None
    return HEARD_WINDOW.validate_json(await work.read(kept[-1].name)).window.next


async def _keep(work: JobWork, heard: HeardWindow) -> None:
    await work.save(
        window_name(WINDOWS, heard.index), HEARD_WINDOW.dump_json(heard), media_type="application/json"
    )
