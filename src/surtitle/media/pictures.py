"""Pictures that do not move: what films show beside words. By content, as recordings are."""

from pathlib import Path

import av
from av.error import FFmpegError

from surtitle.media.errors import NotMedia
from surtitle.media.probe import Probe, VideoTrack

MOST_PIXELS = 50_000_000
MOST_SIDE_PIXELS = 16_384

_KINDS = {
    b"\xff\xd8\xff": ("jpeg_pipe", "image/jpeg"),
    b"\x89PNG\r\n\x1a\n": ("png_pipe", "image/png"),
    b"RIFF": ("webp_pipe", "image/webp"),
}
_WEBP_MARK = b"WEBP"


def picture_kind(head: bytes) -> tuple[str, str] | None:
    """FFmpeg's name of the format and the content type, by a file's first bytes; None for no such picture."""
    for mark, kind in _KINDS.items():
        if head.startswith(mark) and (mark != b"RIFF" or head[8:12] == _WEBP_MARK):
            return kind
    return None


def examine_picture(path: Path, kind: tuple[str, str]) -> Probe:
    """The picture, decoded once. Raises `NotMedia` for one that is broken or claims too many pixels."""
    container_name, content_type = kind
    try:
        with path.open("rb") as file, av.open(file, "r", format=container_name) as container:
            stream = container.streams.video[0]
            # Before it is decoded: a small file can unpack to gigabytes.
            _refuse_large(stream.width, stream.height)
            frame = next(container.decode(stream), None)
            codec = stream.codec_context.codec.canonical_name
    except (FFmpegError, ValueError, IndexError, OSError) as error:
        raise NotMedia(
            "is a damaged picture. Open it to see whether it is whole, and save it again."
        ) from error
    if frame is None:
        raise NotMedia("is a picture that holds nothing. Save it again.")
    return Probe(
        container=container_name,
        content_type=content_type,
        duration_seconds=0.0,
        size_bytes=path.stat().st_size,
        bit_rate=None,
        video=VideoTrack(
            codec=codec,
            width=frame.width,
            height=frame.height,
            frame_rate=None,
            rotation=0,
            pixel_format=frame.format.name,
        ),
        still=True,
    )


def _refuse_large(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE_PIXELS:
        raise NotMedia(
            f"is a picture of {width} by {height} pixels; {MOST_PIXELS // 1_000_000} megapixels and "
            f"{MOST_SIDE_PIXELS} pixels a side are the most. Export it smaller."
        )
