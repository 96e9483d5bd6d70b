"""Sound into the formats that people play, piece by piece as it is made."""

import io
import wave
from enum import StrEnum
from pathlib import Path
from typing import Protocol, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from numpy.typing import NDArray

from surtitle.engines.sound import wav_header

RATE_HZ = 24_000
"""Of everything that is encoded: what OpenAI's `pcm` has."""

_UNKNOWN_SAMPLES = 0xFFFFFFFF


class SoundFormat(StrEnum):
    """The formats that speech can be had in."""

    MP3 = "mp3"
    OPUS = "opus"
    AAC = "aac"
    FLAC = "flac"
    WAV = "wav"
    PCM = "pcm"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    SoundFormat.MP3: "audio/mpeg",
    SoundFormat.OPUS: "audio/ogg",
    SoundFormat.AAC: "audio/aac",
    SoundFormat.FLAC: "audio/flac",
    SoundFormat.WAV: "audio/wav",
    SoundFormat.PCM: "audio/pcm",
}
# Container, codec and bits a second; speech in mono at 24 kHz needs no more.
_CODECS = {
    SoundFormat.MP3: ("mp3", "libmp3lame", 64_000),
    SoundFormat.OPUS: ("ogg", "libopus", 32_000),
    SoundFormat.AAC: ("adts", "aac", 64_000),
    SoundFormat.FLAC: ("flac", "flac", None),
}

# No dates, no name of the program: the same sound gives the same file.
_REPRODUCIBLE = {"fflags": "+bitexact"}
# What would have to be written at the beginning when the end is known is left out; pages come often.
_STREAMED = {SoundFormat.MP3: {"write_xing": "0"}, SoundFormat.OPUS: {"page_duration": "200000"}}


class SoundEncoder(Protocol):
    """Bytes of a file, in order. Synchronous: call it in a thread."""

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        """What 16-bit mono at the rate told to `sound_encoder` adds to the file."""
        ...

    def finish(self) -> bytes:
        """The end of the file."""
        ...


def sound_encoder(format_: SoundFormat, sample_rate_hz: int) -> SoundEncoder:
    """An encoder for one file that cannot be sought in. The same sound gives the same bytes."""
    if format_ in {SoundFormat.WAV, SoundFormat.PCM}:
        return _Plain(sample_rate_hz, headed=format_ is SoundFormat.WAV)
    return _Compressed(format_, sample_rate_hz)


def encode_wave(source: Path, output: Path, format_: SoundFormat) -> None:
    """A 16-bit mono WAV of ours into another format; memory does not grow with its length."""
    with wave.open(str(source)) as sound, output.open("wb") as file:
        encoder = sound_encoder(format_, sound.getframerate())
        while data := sound.readframes(RATE_HZ):
            file.write(encoder.encode(np.frombuffer(data, dtype="<i2")))
        file.write(encoder.finish())


class _Plain:
    """Samples as they are; the header of a WAV that is streamed promises the longest length."""

    def __init__(self, sample_rate_hz: int, *, headed: bool) -> None:
        self._resampler = _Mono(sample_rate_hz, "s16")
        self._head = wav_header(_UNKNOWN_SAMPLES, RATE_HZ) if headed else b""

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        return self._taken(self._resampler.frames(pcm))

    def finish(self) -> bytes:
        return self._taken(self._resampler.rest())

    def _taken(self, frames: list[AudioFrame]) -> bytes:
        head, self._head = self._head, b""
        return head + b"".join(frame.to_ndarray().astype("<i2").tobytes() for frame in frames)


class _Compressed:
    """An FFmpeg encoder behind a file in memory, from which what is written is taken at once."""

    def __init__(self, format_: SoundFormat, sample_rate_hz: int) -> None:
        container, codec, bits_a_second = _CODECS[format_]
        self._file = _Sink()
        options = {**_REPRODUCIBLE, **_STREAMED.get(format_, {})}
        self._container = av.open(cast("io.BytesIO", self._file), "w", format=container, options=options)
        self._stream = cast("AudioStream", self._container.add_stream(codec, rate=RATE_HZ, layout="mono"))
        if bits_a_second is not None:
            self._stream.bit_rate = bits_a_second
        self._stream.codec_context.flags |= av.codec.context.Flags.bitexact
        self._resampler = _Mono(sample_rate_hz, self._stream.codec_context.format.name)
        self._samples = 0

    def encode(self, pcm: NDArray[np.int16]) -> bytes:
        return self._taken(self._resampler.frames(pcm))

    def finish(self) -> bytes:
        made = self._taken(self._resampler.rest())
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return made + self._file.taken()

    def _taken(self, frames: list[AudioFrame]) -> bytes:
        for frame in frames:
            frame.pts, self._samples = self._samples, self._samples + frame.samples
            self._container.mux(self._stream.encode(frame))
        return self._file.taken()


class _Mono:
    """16-bit mono at any rate into frames at ours."""

    def __init__(self, sample_rate_hz: int, sample_format: str) -> None:
        self._rate_hz = sample_rate_hz
        self._resampler = AudioResampler(format=sample_format, layout="mono", rate=RATE_HZ)

    def frames(self, pcm: NDArray[np.int16]) -> list[AudioFrame]:
        if not len(pcm):
            return []
        frame = AudioFrame.from_ndarray(pcm.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate_hz
        return self._resampler.resample(frame)

    def rest(self) -> list[AudioFrame]:
        return [frame for frame in self._resampler.resample(None) if frame.samples]


class _Sink:
    """A file that is only written to, and emptied in between."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held
