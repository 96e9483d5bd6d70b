"""The sound of a job's recording as engines read it, decoded once for all steps of a run that listen."""

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surtitle.domain.options import FilmJobOptions, MeetingJobOptions, Options
from surtitle.domain.recipes import StepName
from surtitle.engines.sound import SoundFile
from surtitle.errors import Invalid
from surtitle.media.sound import SoundFacts, extract_sound
from surtitle.pipelines.step import StepContext


class _Stopped(Exception):
    """Ends the decoding thread when its job was stopped."""


@dataclass(frozen=True, slots=True)
class DecodedSound:
    """A 16 kHz WAV in the scratch folder of the run, mono unless its channels are kept apart, and what was
    found while decoding it.
    """

    path: Path
    facts: SoundFacts


async def decoded_sound(
    context: StepContext[Any], track: int | None, *, separate_channels: bool = False
) -> DecodedSound:
    """The recording's audio track (see `media.sound.extract_sound`); an earlier step of this run may have
    decoded it. Raises `Invalid` when the job has no recording, `QuotaExceeded` when it holds more sound than
    the project may still use.
    """
    path = context.work.scratch / ("channels.wav" if separate_channels else "sound.wav")
    if await asyncio.to_thread(path.exists):
        # It appears whole or not at all, and what was wrong with it was told then.
        return DecodedSound(path, await asyncio.to_thread(_facts_of, path))
    facts = await _extract(context, path, track, separate_channels=separate_channels)
    await context.work.heard(facts.duration_seconds)
    for warning in facts.warnings:
        await context.work.warn(warning, step=context.name)
    return DecodedSound(path, facts)


def free_sound(context: StepContext[Any], sound: DecodedSound) -> None:
    """Give the disk back unless a later step reads the same file."""
    if context.name == StepName.DIARIZATION or not _is_read_again(context.options):
        sound.path.unlink()


def _is_read_again(options: Options) -> bool:
    if isinstance(options, FilmJobOptions):
        # Its picture moves with it.
        return True
    if not isinstance(options, MeetingJobOptions):
        return False
    return options.diarization.enabled and options.diarization.channels == "mixed"


async def _extract(
    context: StepContext[Any], output: Path, track: int | None, *, separate_channels: bool
) -> SoundFacts:
    work, media = context.work, context.work.media
    if media is None:
        raise Invalid("This recipe needs a recording: start the job with a media_id.", field="media_id")
    stop = threading.Event()

    def on_progress(_seconds: float) -> None:
        if stop.is_set():
            raise _Stopped

    async with work.store.as_file(media.object_key, work.scratch, sha256=media.sha256) as source:
        try:
            return await asyncio.to_thread(
                extract_sound, source, output, track, on_progress, separate_channels=separate_channels
            )
        finally:
            stop.set()


def _facts_of(path: Path) -> SoundFacts:
    with SoundFile(path) as sound:
        return SoundFacts(sound.sample_count)
