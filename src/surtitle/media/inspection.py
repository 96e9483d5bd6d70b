"""What rendering must know about a video before it starts, from its streams and its first picture."""

from dataclasses import dataclass
from pathlib import Path

import av
from av import AudioStream, CodecContext
from av.container import InputContainer
from av.stream import Stream
from pydantic import TypeAdapter

from surtitle.media.opening import opened

_MICROSECONDS = 1_000_000
_UNKNOWN = "unknown"

# ITU-T H.273, table 3: transfer characteristics of HDR10 (PQ) and HLG.
_HDR_TRANSFERS = {16, 18}


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """The main picture. `stored_*` as encoded but turned upright; `width`, `height` with square pixels."""

    codec: str
    stored_width: int
    stored_height: int
    width: int
    height: int
    hdr: bool

    @property
    def anamorphic(self) -> bool:
        return self.width != self.stored_width


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """A sound track: `index` counts sound tracks from 0, `start_seconds` is on the recording's clock."""

    index: int
    codec: str
    channels: int
    start_seconds: float

    @property
    def is_readable(self) -> bool:
        """Whether FFmpeg knows the codec; that of the spatial sound beside a phone's AAC it does not."""
        return self.codec != _UNKNOWN


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """`format` is FFmpeg's name of the container, `captions` the codec of each caption track, in order."""

    format: str
    duration_seconds: float | None
    picture: PictureFacts | None
    sounds: tuple[SoundFacts, ...]
    captions: tuple[str, ...]

    @property
    def readable_sounds(self) -> tuple[SoundFacts, ...]:
        return tuple(sound for sound in self.sounds if sound.is_readable)


_FACTS = TypeAdapter(SourceFacts)


def inspected(source: Path) -> SourceFacts:
    """Open `source`, decode one picture, and tell. Raises `NotMedia`, and `av.FFmpegError` or `OSError` for a
    picture that cannot be decoded.
    """
    with opened(source) as container:
        return _facts(container)


def facts_json(facts: SourceFacts) -> bytes:
    """For another process."""
    return _FACTS.dump_json(facts)


def read_facts(data: bytes) -> SourceFacts:
    """The way back from `facts_json`."""
    return _FACTS.validate_json(data)


def _facts(container: InputContainer) -> SourceFacts:
    streams = container.streams
    sounds = enumerate(streams.audio)
    return SourceFacts(
        format=container.format.name,
        duration_seconds=container.duration / _MICROSECONDS if container.duration else None,
        picture=_picture(container),
        sounds=tuple(_sound(index, stream, container) for index, stream in sounds),
        captions=tuple(_format(stream) for stream in streams.subtitles),
    )


def _format(stream: Stream) -> str:
    """What the stream is coded as, whichever decoder reads it."""
    # A stream that FFmpeg has no decoder for has no context, whatever the type says.
    context: CodecContext | None = stream.codec_context
    return context.codec.canonical_name if context else _UNKNOWN


def _sound(index: int, stream: AudioStream, container: InputContainer) -> SoundFacts:
    context: CodecContext | None = stream.codec_context
    channels = stream.codec_context.channels if context else 0
    return SoundFacts(index, _format(stream), channels, _start_seconds(stream, container))


def _start_seconds(stream: AudioStream, container: InputContainer) -> float:
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * stream.time_base) - (container.start_time or 0) / _MICROSECONDS


def _picture(container: InputContainer) -> PictureFacts | None:
    """Facts of the first stream that moves: cover art is not a picture to caption."""
    still = av.stream.Disposition.attached_pic
    stream = next((s for s in container.streams.video if not s.disposition & still), None)
    if stream is None:
        return None
    if stream.codec_context:
        # For one picture, more would only take memory.
        stream.codec_context.thread_count = 1
    frame = next(container.decode(stream), None)
    if frame is None:
        return None
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio or 1
    display_width, display_height = round(width * aspect) or width, height
    if frame.rotation % 180 != 0:
        # ffmpeg turns the picture upright, and its pixels with it.
        width, height = height, width
        display_width, display_height = round(width / aspect) or width, height
    return PictureFacts(
        codec=_format(stream),
        stored_width=width,
        stored_height=height,
        width=display_width,
        height=display_height,
        hdr=frame.color_trc in _HDR_TRANSFERS,
    )
