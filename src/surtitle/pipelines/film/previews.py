"""What people see of a film before they play it: a moving sketch and a poster."""

from dataclasses import replace
from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.domain.films import FilmRequest
from surtitle.pipelines.rendering.ffmpeg import find_ffmpeg
from surtitle.pipelines.rendering.process import run_ffmpeg
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for
from surtitle.pipelines.rendering.source import inspect_source, reading

GIF = "preview.gif"
POSTER = "poster.jpg"

_DRAFT_SECONDS = 10.0
_DRAFT_FRAMES_PER_SECOND = 6
_DRAFT_SIDE = 480
_GIF_SECONDS = 8.0
_GIF_FRAMES_PER_SECOND = 6
_GIF_SIDE = 360
# Late enough for everything in the first scene to have come in.
_POSTER_SHARE = 0.8
_POSTER_SECONDS = 2.0


def draft_of(request: FilmRequest) -> FilmRequest:
    """The beginning of the same film, small and with few frames."""
    seconds = min(request.duration_seconds, _DRAFT_SECONDS)
    scale = _DRAFT_SIDE / max(request.width, request.height)
    width, height = (max(2, round(side * scale / 2) * 2) for side in (request.width, request.height))
    count = sum(word.start_seconds < seconds for word in request.words)
    return replace(
        request,
        width=width,
        height=height,
        frames_per_second=_DRAFT_FRAMES_PER_SECOND,
        duration_seconds=seconds,
        shots=tuple(
            replace(shot, end_seconds=min(shot.end_seconds, seconds))
            for shot in request.shots
            if shot.start_seconds < seconds
        ),
        words=request.words[:count],
        speakers=request.speakers[:count],
    )


async def make_gif(source: Path, output: Path, settings: RenderingSettings) -> None:
    """The first seconds of a film as a small moving picture that plays anywhere."""
    build = await find_ffmpeg(settings)
    facts = await inspect_source(source)
    square = f"scale='min({_GIF_SIDE},iw)':'min({_GIF_SIDE},ih)':force_original_aspect_ratio=decrease"
    palette = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=4"
    with scratch_for(output) as folder:
        await run_ffmpeg(
            build.path,
            [
                *("-t", f"{_GIF_SECONDS:g}"), *reading(source, facts), "-map", "0:V:0",
                *("-vf", f"fps={_GIF_FRAMES_PER_SECOND},{square}:flags=lanczos,{palette}"),
                *("-fflags", "+bitexact", "-loop", "0", "-f", "gif", "made"),
            ],
            folder=folder,
            source=source,
        )  # fmt: skip
        put_in_place(folder / "made", output)


def poster_seconds(first_shot_seconds: float | None, duration_seconds: float) -> float:
    """The moment that stands for the film."""
    until = first_shot_seconds or min(duration_seconds, _POSTER_SECONDS)
    return max(0.0, min(until, duration_seconds) * _POSTER_SHARE)
