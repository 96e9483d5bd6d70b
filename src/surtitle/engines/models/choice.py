"""`auto`: which model and number format suit this hardware, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from surtitle.domain.options import ComputeType
from surtitle.engines.models.hardware import GIB, Hardware
from surtitle.engines.models.manifest import Manifest, packaged_manifest
from surtitle.engines.models.store import InstalledModel
from surtitle.engines.registry import Capability
from surtitle.errors import Unavailable

AUTO = "auto"
DEFAULT_MODEL = "whisper-base"

Device = Literal["auto", "cpu", "cuda"]

# Measured: Whisper base, 145 MB of weights, int8, beam 5: 8.9 times real time on two cores.
# Assumed: work grows with the weights, and cores beyond the fourth bring nothing more.
_MEASURED_SPEED = 8.9
_MEASURED_BYTES = 145_000_000
_MEASURED_CORES = 2
_USEFUL_CORES = 4
# A recording must be done faster than it lasts, also on a machine that does something else besides.
_WANTED_SPEED = 2.0
# Measured: 463 to 889 MB at work for 145 MB of weights; large models need about their weights again.
_WORKING_BYTES = GIB
_MEMORY_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """What to run. `compute_type` and `device` are settled, never `auto`; `reason` is for people.

    The model may still have to be pulled: `ModelStore.path` tells.
    """

    model: str
    compute_type: ComputeType
    device: str
    reason: str


def choose_model(
    hardware: Hardware,
    installed: Sequence[InstalledModel],
    language: str | None = None,
    *,
    model: str = AUTO,
    device: Device = "auto",
    compute_type: ComputeType = ComputeType.AUTO,
    translate: bool = False,
    manifest: Manifest | None = None,
) -> Choice:
    """Settle model, number format and device for a transcription.

    `language` is ISO 639-1, None when it is to be detected. With `auto` the largest installed model
    that runs well is taken, the default one if none is installed. Raises `Unavailable` when a GPU
    is asked for and there is none.
    """
    settled_device = settle_device(hardware, device)
    settled_type, type_reason = _settle_compute_type(settled_device, compute_type)
    on = _describe(hardware, settled_device)
    if model != AUTO:
        spec = (manifest or packaged_manifest()).find(model)
        name, reason = (spec.name if spec else model), f"{model} was asked for"
    else:
        name, reason = _best(hardware, settled_device, _fit_for(installed, language, translate=translate))
    return Choice(
        model=name,
        compute_type=settled_type,
        device=settled_device,
        reason=f"{reason}; {type_reason}; {on}",
    )


def settle_device(hardware: Hardware, device: Device) -> str:
    """`cpu` or `cuda`. Raises `Unavailable` when a GPU is asked for and there is none."""
    if device == "cuda" and hardware.gpu_memory_bytes is None:
        raise Unavailable(
            "SURTITLE_ENGINES__DEVICE asks for a GPU and none can be used here; set it to auto or cpu."
        )
    if device == "auto":
        return "cpu" if hardware.gpu_memory_bytes is None else "cuda"
    return device


def _settle_compute_type(device: str, wanted: ComputeType) -> tuple[ComputeType, str]:
    if wanted is ComputeType.AUTO:
        best = ComputeType.INT8 if device == "cpu" else ComputeType.FLOAT16
        return best, f"{best} is the fastest format here"
    if wanted is ComputeType.FLOAT16 and device == "cpu":
        # CTranslate2 refuses float16 on a CPU; float32 holds every float16 value exactly.
        return ComputeType.FLOAT32, "float32 because a CPU cannot compute in float16"
    return wanted, f"{wanted} was asked for"


def _fit_for(
    installed: Sequence[InstalledModel], language: str | None, *, translate: bool
) -> list[InstalledModel]:
    """Transcription models that know the language, smallest first; pinned ones win a tie."""
    english_is_enough = language == "en" and not translate
    return sorted(
        (
            model
            for model in installed
            if model.capability is Capability.TRANSCRIBER and (model.multilingual or english_is_enough)
        ),
        key=lambda model: (model.size_bytes, model.pinned),
    )


def _best(hardware: Hardware, device: str, fit: list[InstalledModel]) -> tuple[str, str]:
    """Name and reason: the largest that runs well, else the smallest that fits, else the default."""
    roomy = [model for model in fit if _has_room(hardware, device, model)]
    quick = [model for model in roomy if _estimated_speed(hardware, device, model) >= _WANTED_SPEED]
    if quick:
        return quick[-1].name, f"{_called(quick[-1])} is the largest installed model that runs well"
    if roomy:
        return roomy[0].name, (
            f"{_called(roomy[0])} is the quickest installed model, and slow on this machine; "
            f"`surtitle models pull {DEFAULT_MODEL}` fetches a quicker one"
        )
    return DEFAULT_MODEL, f"no installed model suits; {DEFAULT_MODEL} is the default"


def _called(model: InstalledModel) -> str:
    return model.name if model.pinned else f"{model.name} (your own, not checked)"


def _has_room(hardware: Hardware, device: str, model: InstalledModel) -> bool:
    if device == "cuda":
        return model.size_bytes + _WORKING_BYTES <= (hardware.gpu_memory_bytes or 0)
    return model.size_bytes * 2 + _WORKING_BYTES // 2 <= hardware.memory_bytes * _MEMORY_SHARE


def _estimated_speed(hardware: Hardware, device: str, model: InstalledModel) -> float:
    """Seconds of sound a second. On a GPU every size that has room is quick enough."""
    if device == "cuda":
        return float("inf")
    cores = min(hardware.cpu_cores, _USEFUL_CORES) / _MEASURED_CORES
    return _MEASURED_SPEED * cores * _MEASURED_BYTES / max(1, model.size_bytes)


def _describe(hardware: Hardware, device: str) -> str:
    if device == "cuda":
        return f"GPU with {(hardware.gpu_memory_bytes or 0) / GIB:.0f} GiB"
    return f"{hardware.cpu_cores} CPU cores, {hardware.memory_bytes / GIB:.0f} GiB of memory"
