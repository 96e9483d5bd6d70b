"""What the tests of the engine `fal` ask for, and how they set it up."""

from collections.abc import Callable, Mapping
from typing import Any

from surtitle.domain.films import FilmRequest
from surtitle.engines.builtin.fal_video import FalVideo
from surtitle.engines.builtin.fal_work import Pace

LTX = "fal-ai/ltx-video-13b-distilled"
REQUEST = FilmRequest("a cat on a beach", 320, 180, 25, 2.0, seed=7, negative_prompt="rain")
QUICK = Pace(poll_seconds=0.01, look_seconds=0.01, unknown_seconds=0.3, lost_seconds=0.3, away_seconds=0.3)

FalEngine = Callable[..., FalVideo]
"""Called with a model, and where wanted with `url` and `seconds` (how long a clip may take)."""


def has_ticket(saved: Mapping[str, Any]) -> bool:
    """Whether the number of a request is noted in a checkpoint."""
    return any(entry["ticket"] for entry in saved["requests"])
