"""Pictures that a model made, as the H.264 file that a video engine promises."""

import contextlib
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.films import FilmRequest
from surtitle.engines.errors import EngineFailed
from surtitle.engines.video_errors import NotAVideo
from surtitle.errors import StorageFull, Unavailable
from surtitle.processes import tethered

_QUIET = ["-hide_banner", "-nostats", "-y", "-loglevel", "error"]
_QUALITY = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]
# Without the look-ahead's own thread x264 writes the same bytes on every run, on every processor.
_REPRODUCIBLE = ["-x264-params", "sync-lookahead=0", "-fflags", "+bitexact", "-map_metadata", "-1"]
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large")
_COMPLAINT_CHARACTERS = 400
# What a server sends may say that its pictures are larger than any memory.
_GUARDED = ["-max_pixels", str(3840 * 2160), "-protocol_whitelist", "file"]
_DEMUXERS = {b"ftyp": "mov", b"\x1aE\xdf\xa3": "matroska"}


def ffmpeg_program(named: Path | None) -> Path:
    """The ffmpeg that the installation names, or the one installed with us."""
    if named is not None:
        return named.expanduser().absolute()
    import imageio_ffmpeg  # noqa: PLC0415 - runs a program on first use

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise Unavailable(
            "There is no ffmpeg. Install imageio-ffmpeg, or set SURTITLE_RENDERING__FFMPEG."
        ) from error


class FrameWriter:
    """Writes a film frame by frame; when it is left without an error, the whole file is there.

    Frames are uint8 RGB, shape `(height, width, 3)`, `rate` of them a second. The film gets the request's
    size and rate whatever theirs are.
    """

    def __init__(
        self, program: Path, request: FilmRequest, output: Path, size: tuple[int, int], rate: int
    ) -> None:
        self._output = output
        self._part = output.with_suffix(".part.mp4")
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with us
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "{}x{}".format(*size), "-framerate", str(rate)]
        filters = f"{_fitted(request)},{_lasting(request.duration_seconds)}"
        arguments = [*source, "-i", "pipe:0", "-vf", filters, *_ending(request, self._part)]
        self._process = subprocess.Popen(
            [str(program), *_QUIET, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )

    def write(self, frame: NDArray[np.uint8]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(frame).data)
        except BrokenPipeError:
            # ffmpeg has all that it wanted, or has ended: its status tells which.
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._process.kill()
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            status = self._process.wait()
            if error is None:
                _check(status, _last_words(self._said))
                self._part.replace(self._output)
        finally:
            self._said.close()
            self._part.unlink(missing_ok=True)


def join_clips(
    program: Path, clips: Sequence[tuple[Path, float]], request: FilmRequest, output: Path
) -> None:
    """The clips one after another, each cut or held to its seconds, as one film without sound.

    They may come from anywhere. Raises `NotAVideo`, `EngineFailed` or `StorageFull`.
    """
    part = output.with_suffix(".part.mp4")
    inputs: list[str] = []
    chains: list[str] = []
    for number, (clip, seconds) in enumerate(clips):
        inputs += [*_GUARDED, "-f", _demuxer(clip), "-i", f"file:{clip}"]
        chains.append(f"[{number}:v:0]{_fitted(request)},{_lasting(seconds)}[v{number}]")
    labels = "".join(f"[v{number}]" for number in range(len(clips)))
    graph = ";".join([*chains, f"{labels}concat=n={len(clips)}:v=1:a=0[film]"])
    arguments = [*inputs, "-filter_complex", graph, "-map", "[film]", *_ending(request, part)]
    command = tethered([str(program), *_QUIET, *arguments])
    try:
        run = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False
        )
        _check(run.returncode, run.stderr)
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _fitted(request: FilmRequest) -> str:
    """Filled to the request's size without bars, what stands over cut off alike on both sides."""
    size = f"{request.width}:{request.height}"
    return (
        f"fps={request.frames_per_second},"
        f"scale={size}:force_original_aspect_ratio=increase:flags=lanczos,crop={size},setsar=1"
    )


def _lasting(seconds: float) -> str:
    """Cut where it is longer, its last picture held where it is shorter."""
    return f"tpad=stop_mode=clone:stop_duration={seconds:.6f},trim=duration={seconds:.6f},setpts=PTS-STARTPTS"


def _ending(request: FilmRequest, part: Path) -> list[str]:
    frames = ["-an", "-frames:v", str(request.frame_count)]
    return [*frames, *_QUALITY, *_REPRODUCIBLE, "-movflags", "+faststart", "-f", "mp4", f"file:{part}"]


def _demuxer(clip: Path) -> str:
    """The one that is meant: ffmpeg's own guess would also read playlists that name other files."""
    with clip.open("rb") as file:
        head = file.read(8)
    demuxer = _DEMUXERS.get(head[4:8]) or _DEMUXERS.get(head[:4])
    if demuxer is None:
        raise NotAVideo("What the server sent as a video is no MP4 and no WebM.")
    return demuxer


def _check(status: int, said: str) -> None:
    if status == 0:
        return
    if any(phrase in said for phrase in _NO_ROOM):
        raise StorageFull("The disk is full: there is no room for the film. Free some space.")
    raise EngineFailed(f"The film could not be encoded: {said.strip()[-_COMPLAINT_CHARACTERS:] or status}")


def _last_words(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read()[-4 * _COMPLAINT_CHARACTERS :].decode(errors="replace")
