"""The step `diarization`: turns of the recording's speakers, out of the engine that tells voices apart."""

import asyncio

from surtitle.domain.options import DiarizationOptions, MeetingJobOptions
from surtitle.domain.speakers import DIARIZATION_JSON, VOICES_JSON, Diarization, diarization_json
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability
from surtitle.pipelines.diarization.channels import channels_are_alike
from surtitle.pipelines.diarization.progress import ProgressRelay
from surtitle.pipelines.sound import DecodedSound, decoded_sound, free_sound
from surtitle.pipelines.step import StepContext


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
        try:
            if apart:
                options = await _with_real_channels(context, sound, options)
            diarization = await self._heard(context, setup, sound, options)
        finally:
            free_sound(context, sound)
        await _keep(context, diarization)

    async def _heard(
        self,
        context: StepContext[MeetingJobOptions],
        setup: EngineSetup,
        sound: DecodedSound,
        options: DiarizationOptions,
    ) -> Diarization:
        relay = ProgressRelay(context.progress)
        telling = asyncio.create_task(relay.tell())
        try:
            return await self._host.diarize(setup, sound.path, options, relay.hear)
        finally:
            telling.cancel()
            await asyncio.wait([telling])


async def _with_real_channels(
    context: StepContext[MeetingJobOptions], sound: DecodedSound, options: DiarizationOptions
) -> DiarizationOptions:
    """`options`, without separate channels where they only repeat one sound: everybody would speak twice."""
    if not await asyncio.to_thread(channels_are_alike, sound.path):
        return options
    await context.work.warn(
        "The channels carry the same sound, so none of them is one speaker's. The speakers were told apart "
        "by their voices, as in a recording with one channel.",
        step=context.name,
    )
    return options.model_copy(update={"channels": "mixed"})


async def _keep(context: StepContext[MeetingJobOptions], diarization: Diarization) -> None:
    work, kind = context.work, "application/json"
    await work.save_untraced(VOICES_JSON, diarization_json(diarization), media_type=kind)
    await work.save(DIARIZATION_JSON, diarization_json(diarization.without_embeddings()), media_type=kind)
