"""Which ffmpeg renders, and what it can do here."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.errors import Unavailable


class Encoder(StrEnum):
    """How H.264 is made."""

    X264 = "libx264"
    NVENC = "h264_nvenc"


@dataclass(frozen=True, slots=True)
class FfmpegBuild:
    """An ffmpeg that was asked what it is."""

    path: Path
    version: str
    filters: frozenset[str]
    encoders: frozenset[str]

    @property
    def can_tone_map(self) -> bool:
        return {"zscale", "tonemap"} <= self.filters


_builds: dict[tuple[Path, int], FfmpegBuild] = {}
_nvenc_works: dict[Path, bool] = {}


async def find_ffmpeg(settings: RenderingSettings) -> FfmpegBuild:
    """The configured ffmpeg, or the one installed with Surtitle; asked once per file.

    Raises `Unavailable` when there is none, it does not run, or it cannot draw captions.
    """
    path = await asyncio.to_thread(_locate, settings)
    key = (path, path.stat().st_mtime_ns)
    if key not in _builds:
        build = await _ask(path)
        if "ass" not in build.filters:
            raise Unavailable(
                f"{path} was built without libass and cannot draw captions. "
                "Unset SURTITLE_RENDERING__FFMPEG to use the one installed with Surtitle."
            )
        _builds[key] = build
    return _builds[key]


async def choose_encoder(build: FfmpegBuild, settings: RenderingSettings) -> Encoder:
    """The encoder that the settings ask for; `auto` is NVENC where a frame really comes out of it."""
    if settings.encoder != "libx264" and await _nvenc_encodes(build):
        return Encoder.NVENC
    if settings.encoder == "h264_nvenc":
        raise Unavailable(
            "NVENC was asked for but cannot encode here: no NVIDIA GPU, no driver, or an ffmpeg without it. "
            "Set SURTITLE_RENDERING__ENCODER=auto."
        )
    if Encoder.X264 not in build.encoders:
        raise Unavailable(f"{build.path} has no libx264. Unset SURTITLE_RENDERING__FFMPEG.")
    return Encoder.X264


def _locate(settings: RenderingSettings) -> Path:
    if settings.ffmpeg is not None:
        # It runs with another working directory, and execv searches no PATH.
        path = settings.ffmpeg.expanduser().absolute()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise Unavailable(f"SURTITLE_RENDERING__FFMPEG names {path}, which is not a program.")
        return path
    import imageio_ffmpeg  # noqa: PLC0415 - runs a program on first use

    try:
        return _on_path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        raise Unavailable(
            "No ffmpeg was found for this kind of machine. Install one with libass and set "
            "SURTITLE_RENDERING__FFMPEG to its path."
        ) from None


def _on_path(program: str) -> Path:
    import shutil  # noqa: PLC0415 - rare: the package falls back on a bare name

    return Path(shutil.which(program) or program).absolute()


async def _ask(path: Path) -> FfmpegBuild:
    # In turn, not side by side: what fails first must not leave the others running.
    version, filters, encoders = [
        await _output(path, question) for question in ("-version", "-filters", "-encoders")
    ]
    return FfmpegBuild(
        path,
        version=version.partition("version ")[2].partition(" ")[0] or "unknown",
        filters=_second_column(filters),
        encoders=_second_column(encoders),
    )


async def _output(path: Path, question: str) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *(str(path), "-hide_banner", question),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise Unavailable(f"{path} does not start: {error.strerror}.") from error
    async with _ended(process):
        stdout, _ = await process.communicate()
    if process.returncode != 0:
        raise Unavailable(f"{path} {question} failed (exit status {process.returncode}).")
    return stdout.decode(errors="replace")


@asynccontextmanager
async def _ended(process: asyncio.subprocess.Process) -> AsyncIterator[None]:
    """A caller that is cancelled leaves no process behind."""
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _second_column(table: str) -> frozenset[str]:
    rows = (line.split() for line in table.splitlines())
    return frozenset(row[1] for row in rows if len(row) > 1)


async def _nvenc_encodes(build: FfmpegBuild) -> bool:
    """Whether one frame can be encoded: a build that lists NVENC may run without GPU or driver."""
    if Encoder.NVENC not in build.encoders:
        return False
    if build.path not in _nvenc_works:
        picture = ("-f", "lavfi", "-i", "color=s=256x256:r=25", "-frames:v", "1", "-pix_fmt", "yuv420p")
        process = await asyncio.create_subprocess_exec(
            *(str(build.path), "-nostdin", "-loglevel", "quiet", *picture),
            *("-c:v", Encoder.NVENC.value, "-f", "null", "-"),
            stdin=asyncio.subprocess.DEVNULL,
        )
        async with _ended(process):
            _nvenc_works[build.path] = await process.wait() == 0
    return _nvenc_works[build.path]
