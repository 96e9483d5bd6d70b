"""Examining a file: by content, never by its name, decoding at most one picture."""

from collections.abc import Iterable
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from surtitle.errors import Invalid
from surtitle.media.durations import MAX_DURATION_SECONDS, duration_seconds
from surtitle.media.errors import NotMedia
from surtitle.media.names import plain_text
from surtitle.media.opening import MAX_STREAMS, head_of, opened
from surtitle.media.pictures import examine_picture, picture_kind
from surtitle.media.probe import AudioTrack, Probe, SubtitleTrack, VideoTrack

_MAX_SIDE_PIXELS = 16_384
_PACKETS_TO_FIRST_PICTURE = 64
# Only these carry a rotation; for others no picture needs to be decoded.
_ROTATING = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})

_CONTENT_TYPES = {
    "mov,mp4,m4a,3gp,3g2,mj2": ("audio/mp4", "video/mp4"),
    "matroska,webm": ("audio/x-matroska", "video/x-matroska"),
    "mp3": ("audio/mpeg", "video/mpeg"),
    "wav": ("audio/wav", "video/x-msvideo"),
    "w64": ("audio/wav", "video/x-msvideo"),
    "flac": ("audio/flac", "audio/flac"),
    "ogg": ("audio/ogg", "video/ogg"),
    "aac": ("audio/aac", "audio/aac"),
    "ac3": ("audio/ac3", "audio/ac3"),
    "aiff": ("audio/aiff", "audio/aiff"),
    "amr": ("audio/amr", "audio/amr"),
    "caf": ("audio/x-caf", "audio/x-caf"),
    "asf": ("audio/x-ms-wma", "video/x-ms-wmv"),
    "avi": ("audio/x-msvideo", "video/x-msvideo"),
    "flv": ("audio/x-flv", "video/x-flv"),
    "mpegts": ("video/mp2t", "video/mp2t"),
    "mpeg": ("audio/mpeg", "video/mpeg"),
}


def examine(path: Path) -> Probe:
    """What the file holds: a recording, or a picture for a film.

    Raises `NotMedia` for anything else: text, drawings made from text, playlists, files that are cut
    short before anything can be read, and files that claim absurd sizes.
    """
    if (kind := picture_kind(head_of(path))) is not None:
        return examine_picture(path, kind)
    return _examine_recording(path)


def _examine_recording(path: Path) -> Probe:
    size_bytes = path.stat().st_size
    with opened(path) as container:
        _refuse_bombs(container)
        audio = tuple(_audio_tracks(container))
        video_stream = _picture(container)
        if not audio and video_stream is None:
            raise NotMedia("holds neither sound nor a moving picture. Send the recording itself.")
        # The picture first: working out a duration may read the file to its end.
        video = _video_track(container, video_stream) if video_stream else None
        duration = duration_seconds(container, size_bytes)
        _refuse_endless(duration)
        return Probe(
            container=container.format.name,
            content_type=_content_type(container.format.name, head_of(path), has_video=video is not None),
            duration_seconds=round(duration, 6),
            size_bytes=size_bytes,
            bit_rate=round(size_bytes * 8 / duration) if duration > 0 else None,
            video=video,
            audio=audio,
            subtitles=tuple(_subtitle_tracks(container)),
        )


def _refuse_bombs(container: InputContainer) -> None:
    if len(container.streams) > MAX_STREAMS:
        raise NotMedia(
            f"holds {len(container.streams)} streams; {MAX_STREAMS} is the most that is worked on. "
            "Export it with the tracks that are needed."
        )
    for stream in container.streams.video:
        if stream.codec_context and max(stream.width, stream.height) > _MAX_SIDE_PIXELS:
            raise NotMedia(
                f"claims a picture of {stream.width} by {stream.height} pixels; {_MAX_SIDE_PIXELS} is the "
                "most that is worked on. Export it smaller."
            )


def _refuse_endless(duration: float) -> None:
    if duration > MAX_DURATION_SECONDS:
        raise NotMedia(
            f"claims to last {duration / 3600:.0f} hours; {MAX_DURATION_SECONDS / 3600:.0f} is the most "
            "that is worked on. Split it into parts."
        )


def _picture(container: InputContainer) -> VideoStream | None:
    """The moving picture: a cover or a thumbnail is none."""
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            return stream if stream.codec_context else None
    return None


def _video_track(container: InputContainer, stream: VideoStream) -> VideoTrack:
    rotation = _rotation(container, stream) if container.format.name in _ROTATING else 0
    width, height = stream.width, stream.height
    if rotation in {90, 270}:
        width, height = height, width
    rate = stream.average_rate or stream.guessed_rate
    aspect = stream.sample_aspect_ratio
    return VideoTrack(
        codec=_codec(stream),
        width=width,
        height=height,
        frame_rate=round(float(rate), 6) if rate else None,
        rotation=rotation,
        pixel_aspect=round(float(aspect), 6) if aspect else 1.0,
        pixel_format=stream.pix_fmt,
    )


def _rotation(container: InputContainer, stream: VideoStream) -> int:
    """Degrees clockwise, from the first picture: PyAV hands out the display matrix nowhere else."""
    stream.codec_context.thread_count = 1
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    try:
        for number, packet in enumerate(container.demux(stream)):
            for frame in packet.decode():
                # libav counts anticlockwise.
                return -round(frame.rotation / 90) * 90 % 360
            if number >= _PACKETS_TO_FIRST_PICTURE:
                break
    except (av.FFmpegError, Invalid):
        # A broken first picture is no reason to refuse good sound.
        return 0
    finally:
        _rewind(container)
    return 0


def _rewind(container: InputContainer) -> None:
    try:
        container.seek(0)
    except av.FFmpegError:
        # Not seekable: the scan then goes on from here, 64 packets short at worst.
        return


def _audio_tracks(container: InputContainer) -> Iterable[AudioTrack]:
    for index, stream in enumerate(container.streams.audio):
        known = stream.codec_context is not None
        yield AudioTrack(
            index=index,
            codec=_codec(stream),
            sample_rate_hz=stream.sample_rate if known else 0,
            channels=stream.channels if known else 0,
            language=_language(stream),
            title=_title(stream),
            default=bool(stream.disposition & Disposition.default),
            duration_seconds=_own_duration(stream),
        )


def _subtitle_tracks(container: InputContainer) -> Iterable[SubtitleTrack]:
    for index, stream in enumerate(container.streams.subtitles):
        yield SubtitleTrack(
            index=index,
            codec=_codec(stream),
            language=_language(stream),
            title=_title(stream),
            default=bool(stream.disposition & Disposition.default),
        )


def _codec(stream: Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context else "unknown"


def _language(stream: Stream) -> str | None:
    tag = plain_text(stream.language or "", 35)
    return None if tag in {"", "und"} else tag


def _title(stream: Stream) -> str | None:
    return plain_text(stream.metadata.get("title", "")) or None


def _own_duration(stream: Stream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    return round(float(stream.duration * stream.time_base), 6)


def _content_type(container_name: str, head: bytes, *, has_video: bool) -> str:
    if container_name == "matroska,webm" and b"webm" in head[:64]:
        return "video/webm" if has_video else "audio/webm"
    if head[4:12] == b"ftypqt  ":
        return "video/quicktime"
    pair = _CONTENT_TYPES.get(container_name, ("application/octet-stream", "application/octet-stream"))
    return pair[has_video]
