"""What fal's video models understand, and how long their clips are.

Read from the models' own pages (https://fal.ai/models/NAME/llms.txt). One that is not listed is asked for
with what nearly all of them take: prompt, aspect ratio, seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surtitle.domain.films import FilmRequest, FilmRules
from surtitle.engines.builtin.clips import Clip

RULES = FilmRules(from_prompt=True, longest_seconds=60.0)

Arguments = Mapping[str, Any]

_TALL, _WIDE, _SQUARE = "9:16", "16:9", "1:1"
_LTX_RATE, _LTX_STEP = 24, 8
_WAN_RATE, _WAN_STEP = 16, 4
_HD_SIDE = 720


@dataclass(frozen=True, slots=True)
class FalModel:
    """How long its clips can be, and what is sent for one beside prompt and aspect ratio."""

    longest_seconds: float
    arguments: Callable[[Clip, FilmRequest], Arguments]
    has_squares: bool = True


def fal_model(name: str) -> FalModel:
    return _KNOWN.get(name, _UNKNOWN)


def arguments_for(name: str, clip: Clip, request: FilmRequest) -> dict[str, Any]:
    """What is sent to `name` for this clip. The same clip gives the same."""
    model = fal_model(name)
    told = {"prompt": clip.prompt, "aspect_ratio": _aspect(request, model), **model.arguments(clip, request)}
    return {key: value for key, value in told.items() if value not in (None, "")}


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
    "fal-ai/ltx-video-13b-distilled": FalModel(161 / _LTX_RATE, _ltx),
    "fal-ai/ltx-video-13b-dev": FalModel(161 / _LTX_RATE, _ltx),
    "fal-ai/wan/v2.2-a14b/text-to-video": FalModel(161 / _WAN_RATE, _wan),
    "fal-ai/kling-video/v2.5-turbo/pro/text-to-video": FalModel(10.0, _kling),
    "fal-ai/veo3": FalModel(8.0, _veo, has_squares=False),
    "fal-ai/veo3/fast": FalModel(8.0, _veo, has_squares=False),
}
# Five seconds is what nearly every one of them makes by itself.
_UNKNOWN = FalModel(5.0, _any)
