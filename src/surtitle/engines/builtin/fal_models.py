"""What fal's video models understand, and how long their clips are.

Read from the models' own pages (https://fal.ai/models/NAME/llms.txt). One that is not listed is asked for
with what nearly all of them take: prompt, aspect ratio, seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surtitle.domain.films import FilmRequest, FilmRules
from surtitle.engines.builtin.clips import Clip
from surtitle.errors import Invalid

RULES = FilmRules(from_prompt=True, longest_seconds=60.0, uses_pictures=1, avoids=True)

Arguments = Mapping[str, Any]

_TALL, _WIDE, _SQUARE = "9:16", "16:9", "1:1"
_LTX_RATE, _LTX_STEP = 24, 8
_WAN_RATE, _WAN_STEP = 16, 4
_HD_SIDE = 720
_PICTURE_SIDE = 1280
_PICTURED_NAME = "image-to-video"


@dataclass(frozen=True, slots=True)
class FalModel:
    """How long its clips can be, and what is sent for one beside prompt and aspect ratio.

    `pictured` is the endpoint of the same model that begins with a picture, None where there is none.
    `shape_of_picture`: that endpoint knows no aspect ratio; it takes the picture's.
    """

    longest_seconds: float
    arguments: Callable[[Clip, FilmRequest], Arguments]
    has_squares: bool = True
    pictured: str | None = None
    shape_of_picture: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent for a clip, and where to. The same clip gives the same."""

    endpoint: str
    arguments: dict[str, Any]


def fal_model(name: str) -> FalModel:
    return _PICTURED.get(name) or _KNOWN.get(name, _UNKNOWN)


def check_picture(model: str, _folder: Path | None, has_picture: bool) -> None:
    """The `EngineSpec.picture_check` of fal."""
    if has_picture and _pictured_endpoint(model) is None:
        able = ", ".join(name for name, known in _KNOWN.items() if known.pictured)
        raise Invalid(
            f"fal's {model} makes films from words alone, as far as is known here. Leave image out, or "
            f"choose one that can begin with a picture: {able}, or one called {_PICTURED_NAME}.",
            field="options.image",
        )
    if not has_picture and _needs_picture(model):
        raise Invalid(
            f"fal's {model} goes on from a picture. Give one as image, or choose another model.",
            field="options.image",
        )


def asked_for(name: str, clip: Clip, request: FilmRequest, picture_url: str | None = None) -> Asked:
    """What is asked of `name` for this clip, which begins with the picture where there is one."""
    model = fal_model(name)
    endpoint = (_pictured_endpoint(name) if picture_url else None) or name
    told = {"prompt": clip.prompt, "aspect_ratio": _aspect(request, model), **model.arguments(clip, request)}
    if endpoint != name or _needs_picture(name):
        told["image_url"] = picture_url
        told |= {"aspect_ratio": None} if model.shape_of_picture else {}
    return Asked(endpoint, {key: value for key, value in told.items() if value not in (None, "")})


def begins_every_clip(name: str) -> bool:
    """Whether each clip has to begin with the picture, and not the first alone."""
    return _needs_picture(name)


def picture_size(name: str, request: FilmRequest) -> tuple[int, int]:
    """Pixels of the picture to send: of the shape that the clip will have, no larger than clips are."""
    across, down = (int(side) for side in _aspect(request, fal_model(name)).split(":"))
    scale = _PICTURE_SIDE / max(across, down)
    return round(across * scale / 2) * 2, round(down * scale / 2) * 2


def _pictured_endpoint(name: str) -> str | None:
    return name if _needs_picture(name) else fal_model(name).pictured


def _needs_picture(name: str) -> bool:
    return _PICTURED_NAME in name


def _aspect(request: FilmRequest, model: FalModel) -> str:
    ratio = request.width / request.height
    if model.has_squares and 2 / 3 < ratio < 3 / 2:
        return _SQUARE
    return _WIDE if ratio >= 1 else _TALL


def _resolution(request: FilmRequest) -> str:
    return "480p" if min(request.width, request.height) < _HD_SIDE else "720p"


def _frames(seconds: float, rate: int, step: int, fewest: int, most: int) -> int:
    """The number of frames of this form (`step` * k + 1) that reaches over `seconds`."""
    count = -(-(max(fewest, round(seconds * rate)) - 1) // step) * step + 1
    return min(count, most)


def _ltx(clip: Clip, request: FilmRequest) -> Arguments:
    return {
        "negative_prompt": request.negative_prompt,
        "seed": clip.seed,
        "resolution": _resolution(request),
        "num_frames": _frames(clip.seconds, _LTX_RATE, _LTX_STEP, 9, 161),
        "frame_rate": _LTX_RATE,
    }


def _wan(clip: Clip, request: FilmRequest) -> Arguments:
    return {
        "negative_prompt": request.negative_prompt,
        "seed": clip.seed,
        "resolution": _resolution(request),
        "num_frames": _frames(clip.seconds, _WAN_RATE, _WAN_STEP, 17, 161),
        "frames_per_second": _WAN_RATE,
    }


def _kling(clip: Clip, request: FilmRequest) -> Arguments:
    return {
        "negative_prompt": request.negative_prompt,
        "duration": "5" if clip.seconds <= 5 else "10",  # noqa: PLR2004 - it makes clips of 5 and of 10 s
    }


def _veo(clip: Clip, request: FilmRequest) -> Arguments:
    length = next((seconds for seconds in (4, 6, 8) if clip.seconds <= seconds), 8)
    return {
        "negative_prompt": request.negative_prompt,
        "seed": clip.seed,
        "duration": f"{length}s",
        "resolution": "720p" if min(request.width, request.height) <= _HD_SIDE else "1080p",
        # The narration is ours, and a clip with sound costs half as much again.
        "generate_audio": False,
    }


def _any(clip: Clip, request: FilmRequest) -> Arguments:
    return {"negative_prompt": request.negative_prompt, "seed": clip.seed}


_KNOWN = {
    "fal-ai/ltx-video-13b-distilled": FalModel(
        161 / _LTX_RATE, _ltx, pictured="fal-ai/ltx-video-13b-distilled/image-to-video"
    ),
    "fal-ai/ltx-video-13b-dev": FalModel(
        161 / _LTX_RATE, _ltx, pictured="fal-ai/ltx-video-13b-dev/image-to-video"
    ),
    "fal-ai/wan/v2.2-a14b/text-to-video": FalModel(
        161 / _WAN_RATE, _wan, pictured="fal-ai/wan/v2.2-a14b/image-to-video"
    ),
    "fal-ai/kling-video/v2.5-turbo/pro/text-to-video": FalModel(
        10.0, _kling, pictured="fal-ai/kling-video/v2.5-turbo/pro/image-to-video", shape_of_picture=True
    ),
    "fal-ai/veo3": FalModel(8.0, _veo, has_squares=False, pictured="fal-ai/veo3/image-to-video"),
    "fal-ai/veo3/fast": FalModel(8.0, _veo, has_squares=False, pictured="fal-ai/veo3/fast/image-to-video"),
}
_PICTURED = {model.pictured: model for model in _KNOWN.values()}
# Five seconds is what nearly every one of them makes by itself.
_UNKNOWN = FalModel(5.0, _any, shape_of_picture=True)
