"""One frame of a video as a picture file, for previews."""

from dataclasses import dataclass
from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.pipelines.rendering import filters
from surtitle.pipelines.rendering.errors import NoFrameThere, NoPicture
from surtitle.pipelines.rendering.ffmpeg import FfmpegBuild, find_ffmpeg
from surtitle.pipelines.rendering.process import run_ffmpeg
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for, write_text
from surtitle.pipelines.rendering.source import PictureFacts, SourceFacts, inspect_source, reading

_JPEG = ("-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p")
_PNG = ("-c:v", "png", "-pix_fmt", "rgb24")
_ONE_FILE = ("-update", "1", "-f", "image2", "made")
_LAST_PICTURE_STANDS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _View:
    """What is looked at, and how."""

    source: Path
    facts: SourceFacts
    picture: PictureFacts
    build: FfmpegBuild
    max_width: int
    captions: bool
    memory_bytes: int


async def extract_frame(
    source: Path,
    at_seconds: float,
    output: Path,
    *,
    settings: RenderingSettings,
    max_width: int = 1280,
    ass: str | None = None,
    facts: SourceFacts | None = None,
    memory_bytes: int = 0,
) -> None:
    """Write the first picture from `at_seconds` on, or the last one, with the captions of `ass` if given.

    JPEG, or PNG where `output` ends so; upright, square pixels, at most `max_width` wide. `facts` are the
    file's, where a child has told them already; `memory_bytes` is the most that ffmpeg may take, 0 for any.
    Raises `NoPicture`, `NoFrameThere`, `UnreadableVideo`, `StorageFull`, `RenderingFailed`.
    """
    if at_seconds < 0:
        raise NoFrameThere(source, at_seconds)
    build = await find_ffmpeg(settings)
    facts = facts or await inspect_source(source)
    if facts.picture is None:
        raise NoPicture(source)
    view = _View(
        source, facts, facts.picture, build, max_width, captions=ass is not None, memory_bytes=memory_bytes
    )
    with scratch_for(output) as folder:
        if ass is not None:
            write_text(folder / "captions.ass", ass)
        coding = _PNG if output.suffix.lower() == ".png" else _JPEG
        # Nothing begins after `at_seconds` when the last picture still stands: take that one.
        earlier = max(0.0, at_seconds - _LAST_PICTURE_STANDS_SECONDS)
        found = await _write(view, at_seconds, ("-frames:v", "1", *coding), folder)
        if not found and not await _write(view, earlier, coding, folder):
            raise NoFrameThere(source, at_seconds)
        put_in_place(folder / "made", output)


async def _write(view: _View, start_seconds: float, coding: tuple[str, ...], folder: Path) -> bool:
    """Write pictures from `start_seconds` on, each over the one before. False when there was none."""
    seek = ["-ss", f"{start_seconds:.6f}"]
    drawing = ["-vf", _chain(view, start_seconds), "-fps_mode", "passthrough", "-flags:v", "+bitexact"]
    # Each thread holds pictures of its own.
    sparing = ["-threads", "1", "-filter_threads", "1"] if view.memory_bytes else []
    run = await run_ffmpeg(
        view.build.path,
        [*sparing, *seek, *reading(view.source, view.facts), "-map", "0:V:0", *drawing, *coding, *_ONE_FILE],
        folder=folder,
        source=view.source,
        memory_bytes=view.memory_bytes,
    )
    return run.frames > 0


def _chain(view: _View, start_seconds: float) -> str:
    width = min(view.max_width, view.picture.width)
    height = max(1, round(view.picture.height * width / view.picture.width))
    chain = [*filters.standard_colours(view.picture, view.build), f"scale={width}:{height}"]
    chain += [filters.EIGHT_BIT, "setsar=1"]
    if view.captions:
        # Seeking restarts the clock at 0; captions go by the recording's.
        chain += [f"setpts=PTS+{start_seconds:.6f}/TB", "ass=captions.ass:fontsdir=fonts"]
    return ",".join(chain)
