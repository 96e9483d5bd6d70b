"""The step `diarization`: turns of the recording's speakers, out of the engine that tells voices apart."""

import asyncio

from surtitle.domain.options import MeetingJobOptions
from surtitle.domain.speakers import Diarization, diarization_json
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser
from surtitle.engines.registry import Capability
from surtitle.pipelines.sound import decoded_sound
from surtitle.pipelines.step import StepContext

DIARIZATION_JSON = "diarization.json"
VOICES_JSON = "voices.json"
"""The same with the voices' embeddings, for the steps that follow; it goes when the job has succeeded."""

# Decoding the sound anew, in a run that begins here, is about this share of the step.
_SOUND_SHARE = 0.02


class DiarizationStep:
    """Makes `diarization.json`. With `diarization.enabled` off it makes nothing."""

    def __init__(self, host: EngineHost, chooser: EngineChooser) -> None:
        self._host = host
        self._chooser = chooser

    async def run(self, context: StepContext[MeetingJobOptions]) -> None:
        options = context.options.diarization
        if not options.enabled:
            return
        setup = await asyncio.to_thread(self._chooser.setup_for, Capability.DIARIZER, options.engine)
        apart = options.channels == "separate"
        sound = await decoded_sound(context, context.options.audio_track, separate_channels=apart)
        relay = _ProgressRelay(context)
        telling = asyncio.create_task(relay.tell())
        try:
            diarization = await self._host.diarize(setup, sound.path, options, relay.hear)
        finally:
            telling.cancel()
            await asyncio.wait([telling])
        await _keep(context, diarization)


class _ProgressRelay:
    """From the engine's calls, which cannot wait, to the job's progress, which is written to the database."""

    def __init__(self, context: StepContext[MeetingJobOptions]) -> None:
        self._context = context
        self._fraction = 0.0
        self._news = asyncio.Event()

    def hear(self, fraction: float) -> None:
        self._fraction = fraction
        self._news.set()

    async def tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            await self._context.progress(_SOUND_SHARE + (1 - _SOUND_SHARE) * self._fraction)


async def _keep(context: StepContext[MeetingJobOptions], diarization: Diarization) -> None:
    work, kind = context.work, "application/json"
    await work.save(VOICES_JSON, diarization_json(diarization), media_type=kind, kind="work")
    await work.save(DIARIZATION_JSON, diarization_json(diarization.without_embeddings()), media_type=kind)
