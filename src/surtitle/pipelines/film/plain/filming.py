"""A film drawn by ffmpeg and libass alone."""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.domain.films import FilmRequest
from surtitle.engines.protocols import EngineCancelled, EngineSetup, FilmControl
from surtitle.pipelines.film.drawing.colours import INK, Colour, parse, readable_on
from surtitle.pipelines.film.plain.document import film_document
from surtitle.pipelines.rendering.containers import BIT_EXACT
from surtitle.pipelines.rendering.ffmpeg import find_ffmpeg
from surtitle.pipelines.rendering.fonts import font_warnings
from surtitle.pipelines.rendering.process import run_ffmpeg
from surtitle.pipelines.rendering.progress import RenderProgress
from surtitle.pipelines.rendering.reproducible import reproducible_x264
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for, write_text

_WAVES_SHARE = 0.16
_SAID = (
    "Skia cannot be loaded here ({reason}), so the film is drawn plainly: no motion, no pictures. Install "
    "skia-python, and on Debian libegl1 and libgl1."
)

log = logging.getLogger(__name__)


def film_plainly(
    request: FilmRequest,
    output: Path,
    control: FilmControl,
    setup: EngineSetup,
    *,
    missing: ImportError,
    shows_sound: bool = False,
) -> Sequence[str]:
    """Scenes and captions on a plain ground; `shows_sound` adds waves that follow `request.sound`."""
    log.warning("Skia cannot be loaded: %s", missing)
    return asyncio.run(_drawn(request, output, control, setup, str(missing), shows_sound=shows_sound))


async def _drawn(
    request: FilmRequest,
    output: Path,
    control: FilmControl,
    setup: EngineSetup,
    reason: str,
    *,
    shows_sound: bool,
) -> Sequence[str]:
    def tell(progress: RenderProgress) -> None:
        if control.is_cancelled():
            raise EngineCancelled
        control.progress(progress.fraction or 0.0, frames_per_second=progress.frames_per_second)

    build = await find_ffmpeg(RenderingSettings(ffmpeg=setup.ffmpeg))
    ground = parse(request.brand.background) if request.brand.background else INK
    document = film_document(request, readable_on(ground))
    sound = request.sound if shows_sound else None
    with scratch_for(output) as folder:
        write_text(folder / "film.ass", document)
        warnings = await font_warnings(build.path, document, folder=folder)
        await run_ffmpeg(
            build.path,
            [*_inputs(request, ground, sound), *_graph(request, sound), *_coding(request, setup.threads)],
            folder=folder,
            source=output,
            duration_seconds=request.duration_seconds,
            on_progress=tell,
        )
        put_in_place(folder / "made.mp4", output)
    return (_SAID.format(reason=reason), *warnings)


def _inputs(request: FilmRequest, ground: Colour, sound: Path | None) -> list[str]:
    colour = "0x{:02x}{:02x}{:02x}".format(*ground)
    size, rate = f"{request.width}x{request.height}", request.frames_per_second
    canvas = ["-f", "lavfi", "-i", f"color=c={colour}:s={size}:r={rate}:d={request.duration_seconds:.3f}"]
    return [*canvas, *(["-f", "wav", "-i", f"file:{sound.absolute()}"] if sound else [])]


def _graph(request: FilmRequest, sound: Path | None) -> list[str]:
    letters = "ass=film.ass:fontsdir=fonts,format=yuv420p"
    if sound is None:
        return ["-vf", letters]
    tall = round(request.height * _WAVES_SHARE / 2) * 2
    accent = (request.brand.accent or "#FFCA3A")[1:7]
    waves = (
        f"[1:a]showwaves=s={request.width}x{tall}:r={request.frames_per_second}:mode=cline:colors=0x{accent}"
    )
    joined = f"{waves}[waves];[0:v][waves]overlay=0:{round(request.height * 0.58)},{letters}[film]"
    return ["-filter_complex", joined, "-map", "[film]"]


def _coding(request: FilmRequest, threads: int) -> list[str]:
    frames = ["-frames:v", str(request.frame_count), "-an"]
    quality = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads:v", str(threads)]
    return [*frames, *quality, *reproducible_x264(), *BIT_EXACT, "-f", "mp4", "made.mp4"]
