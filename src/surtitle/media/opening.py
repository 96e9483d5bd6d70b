"""Opening a file of unknown origin with libav, so that it can reach nothing but its own bytes."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Never

import av
from av.container import InputContainer
from av.format import ContainerFormat

from surtitle.errors import NotFound
from surtitle.media.errors import NotMedia

MAX_STREAMS = 64
_READ_BYTES = 128 * 1024
_PROBE_BYTES = 8 * 1024 * 1024
_ANALYSIS_MICROSECONDS = 10_000_000
_HEAD_BYTES = 4096

# Formats that name other files or hosts, devices, drawings made from text, and plain subtitles: nothing
# that a person records, and several are known ways to make a server read its own files.
_NOT_RECORDINGS = frozenset(
    """
    hls dash concat concatf sdp rtsp rtp rtp_mpegts sap image2 image2pipe imf lavfi webm_dash_manifest
    ffmetadata hds smoothstreaming tty alias_pix fifo tee alsa oss sndio fbdev x11grab kmsgrab
    video4linux2,v4l2 ass aqtitle dvbsub dvbtxt jacosub lrc mcc microdvd mpl2 mpsub pjs realtext sami sbg
    scc srt stl subviewer subviewer1 sup tedcaptions ttml vobsub vplayer webvtt ico svg
    """.split()  # noqa: SIM905  a list of a line each would hide the code
)

_PLAYLISTS = (b"#EXTM3U", b"ffconcat version", b"[playlist]", b"v=0", b"<MPD", b"<SmoothStreamingMedia")
_PICTURES = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_MP4_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})


class _Bytes:
    """The file's bytes alone: libav sees no name, so no extension can sway it and no path can be derived."""

    def __init__(self, file: io.BufferedReader) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file as a libav container, its streams known. Raises `NotMedia` saying what it is instead."""
    try:
        file = path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("The recording's file is gone; send the recording again.") from error
    with file:
        try:
            container = av.open(
                _Bytes(file),
                "r",
                container_options={
                    "format_whitelist": _recording_formats(),
                    "protocol_whitelist": "none",
                    "probesize": str(_PROBE_BYTES),
                    "analyzeduration": str(_ANALYSIS_MICROSECONDS),
                    "max_streams": str(MAX_STREAMS * 4),
                },
                metadata_errors="replace",
                buffer_size=_READ_BYTES,
                io_open=_refuse,
            )
        except (av.FFmpegError, ValueError, OSError) as error:
            raise NotMedia(_what_it_is(path)) from error
        with container:
            yield container


def _refuse(*_arguments: object) -> Never:
    raise PermissionError("a recording may not open other files")


@cache
def _recording_formats() -> str:
    names = av.formats_available - _NOT_RECORDINGS
    return ",".join(sorted(name for name in names if not name.endswith("_pipe") and _reads(name)))


def _reads(name: str) -> bool:
    return ContainerFormat(name.split(",", maxsplit=1)[0]).is_input


def head_of(path: Path) -> bytes:
    """The first bytes of a file, for telling formats apart."""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)


def _what_it_is(path: Path) -> str:
    """Why the file was refused, from its first bytes, for a person."""
    head = head_of(path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        return "is empty. Choose the recording again: the copy may have failed."
    if start.startswith(_PLAYLISTS):
        return "is a playlist that points to other files. Send the recording itself."
    if start.startswith(_PICTURES):
        return "is a picture of a kind that films do not show. Send a JPEG, PNG or WebP, or sound or video."
    if head[4:8] in _MP4_BOXES:
        return (
            "is cut short: it begins like an MP4, but its index (`moov`, written last) is missing or broken. "
            "Copy or export the whole file again; a recorder that was cut off may offer to repair it."
        )
    if b"\0" not in head and _is_text(head):
        return "holds text, not sound or video. Send the recording itself."
    return (
        "is not sound or video in any format that FFmpeg knows, or is damaged. "
        "Play it to see whether it is whole, or convert it to MP4, WAV or MP3."
    )


def _is_text(head: bytes) -> bool:
    # The head may end inside a character.
    return head.decode(errors="ignore").replace("\n", "").replace("\r", "").replace("\t", "").isprintable()
