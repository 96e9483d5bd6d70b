"""A recording's sound as the 16 kHz mono WAV that engines read."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition

from surtitle.engines.sound import SAMPLE_RATE_HZ, Samples, wav_header
from surtitle.errors import StorageFull
from surtitle.media.decoding import TrackDecoder
from surtitle.media.errors import NoSound
from surtitle.media.opening import opened
from surtitle.media.probe import require_separate_channels

_SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What was extracted, and what was wrong with it (sentences for a person)."""

    sample_count: int
    warnings: tuple[str, ...] = ()

    @property
    def duration_seconds(self) -> float:
        return self.sample_count / SAMPLE_RATE_HZ


def extract_sound(
    source: Path,
    output: Path,
    track: int | None = None,
    on_progress: Callable[[float], None] = lambda _seconds: None,
    *,
    separate_channels: bool = False,
) -> SoundFacts:
    """Decode an audio track of `source` (counted from 0; None for the default one) into `output`.

    Sample 0 is the recording's start: sound that begins late or has gaps keeps its place. `on_progress`
    gets the seconds done, about once a second of sound; what it raises stops the work. `output`
    appears whole or not at all. `separate_channels` keeps the track's channels, which are mixed otherwise.
    Raises `NoSound`, `NotMedia`, `StorageFull`, and `Invalid` for channels that cannot be kept.
    """
    with opened(source) as container, _appearing(output) as file:
        stream = audio_stream(container, track)
        channels = 1
        if separate_channels:
            channels = stream.codec_context.channels
            require_separate_channels(channels)
        decoder = TrackDecoder(container, stream, channels if separate_channels else None)
        file.seek(len(wav_header(0)))
        heard = False
        for block in decoder.blocks():
            # Seeking over silence leaves a hole, which costs neither time nor disk.
            file.seek(block.silence * _SAMPLE_BYTES * channels, os.SEEK_CUR)
            file.write(as_pcm(block.samples).tobytes())
            heard = True
            on_progress(decoder.position / SAMPLE_RATE_HZ)
        if not heard:
            raise NoSound(_nothing_heard(decoder))
        file.seek(0)
        file.write(wav_header(decoder.position, channels=channels))
        return SoundFacts(decoder.position, decoder.warnings)


def audio_stream(container: InputContainer, track: int | None) -> AudioStream:
    """The audio track to decode. Raises `NoSound` when it is not there or no decoder knows it."""
    streams = container.streams.audio
    if not streams:
        raise NoSound("The recording has no audio track.")
    if track is not None and not 0 <= track < len(streams):
        raise NoSound(
            f"Audio track {track} does not exist; the recording has {len(streams)}, counted from 0."
        )
    marked = (stream for stream in streams if stream.disposition & Disposition.default)
    stream = next(marked, streams[0]) if track is None else streams[track]
    if stream.codec_context is None:
        raise NoSound("The audio track is in a codec that FFmpeg cannot decode. Convert it to WAV or MP4.")
    return stream


def _nothing_heard(decoder: TrackDecoder) -> str:
    reasons = " ".join(decoder.warnings)
    return f"The audio track holds no samples. {reasons} Export the recording again with its sound.".replace(
        "  ", " "
    )


def as_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """The samples as 16-bit numbers; what is no number is silence."""
    scaled = np.rint(samples * 32768.0)
    pcm: npt.NDArray[np.int16] = np.clip(np.nan_to_num(scaled), -32768, 32767).astype("<i2")
    return pcm


@contextmanager
def _appearing(output: Path) -> Iterator[BinaryIO]:
    """A file beside `output` that takes its place when the block ends well, and is gone if not."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(output)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull(
                f"No room left for the decoded sound in {output.parent}. Free disk space, then retry."
            ) from error
        raise
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
