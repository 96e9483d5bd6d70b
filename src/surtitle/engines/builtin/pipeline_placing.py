"""How much memory a pipeline of diffusers takes, and where its parts are kept while it draws."""

import json
import math
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from surtitle.engines.builtin.weights import WeightsUnreadable
from surtitle.errors import Unavailable

GIB = 1024**3

_LENGTH_BYTES = 8
# Copies in a lighter format, beside the weights themselves.
_VARIANTS = (".fp16.", ".bf16.", ".non_ema.")
_HALF, _SINGLE = 2, 4
# Estimates on the safe side. Where they are too low the memory runs out, and a lighter placement is tried.
_DECODING_BYTES = 240
_SPARE = 1.15


class Placement(IntEnum):
    """Lighter ones come later; each takes less of the device, and more time."""

    WHOLE = 0
    BY_MODEL = 1
    BY_LAYER = 2


@dataclass(frozen=True, slots=True)
class PipelineWeights:
    """How many numbers the parts of a pipeline hold."""

    total: int
    largest: int


def weights_of(folder: Path) -> PipelineWeights:
    """Read from the heads of its files. Raises `Unavailable` where there are none that are safe to read."""
    parts: dict[Path, int] = {}
    for path in sorted(folder.glob("*/*.safetensors")):
        if not any(mark in path.name for mark in _VARIANTS):
            parts[path.parent] = parts.get(path.parent, 0) + _numbers_in(path)
    if not parts:
        raise Unavailable(
            f"{folder} holds no weights in the format safetensors; others can run programs, so they are not "
            "read. Fetch the model's diffusers version."
        )
    return PipelineWeights(sum(parts.values()), max(parts.values()))


def decoding_bytes(width: int, height: int, frames: int) -> int:
    """What it takes to turn the numbers of a clip into pictures at once, without tiles."""
    return width * height * frames * _DECODING_BYTES


def placement_on_gpu(weights: PipelineWeights, free_bytes: int, drawing_bytes: int) -> Placement:
    """The quickest placement for which there should be room, in half precision."""
    if (weights.total * _HALF + drawing_bytes) * _SPARE <= free_bytes:
        return Placement.WHOLE
    if (weights.largest * _HALF + drawing_bytes) * _SPARE <= free_bytes:
        return Placement.BY_MODEL
    return Placement.BY_LAYER


def has_room_for_single(weights: PipelineWeights, free_bytes: int, folder: Path) -> bool:
    """Whether a CPU, which computes quickest in single precision, has room for that; or else for half.

    Raises `Unavailable` when there is room for neither.
    """
    if weights.total * _SINGLE * _SPARE <= free_bytes:
        return True
    needed = weights.total * _HALF * _SPARE
    if needed > free_bytes:
        raise Unavailable(
            f"The video model {folder.name} needs {needed / GIB:.1f} GiB of memory, and "
            f"{free_bytes / GIB:.1f} GiB are free. Choose a smaller model, or a machine with more memory or "
            "a GPU.",
            field="model",
        )
    return False


def _numbers_in(path: Path) -> int:
    """https://github.com/huggingface/safetensors#format"""
    try:
        with path.open("rb") as file:
            head = json.loads(file.read(int.from_bytes(file.read(_LENGTH_BYTES), "little")))
        return sum(math.prod(entry["shape"]) for name, entry in head.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, MemoryError, OverflowError) as error:
        raise WeightsUnreadable(path, type(error).__name__) from error
