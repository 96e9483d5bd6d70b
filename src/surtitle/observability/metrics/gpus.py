"""Figures of NVIDIA's cards, as their driver tells them; without it or its bindings none."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from surtitle.observability.metrics.readings import Figure, Part, Sample

log = logging.getLogger(__name__)

_LABELS = ("gpu", "name")
_FRESH_SECONDS = 5.0
_MILLIWATTS = 1000.0

GPU_FIGURES = (
    Figure("surtitle_gpu_memory_used_bytes", "Memory of the card in use, by whomever.", _LABELS),
    Figure("surtitle_gpu_memory_total_bytes", "Memory of the card.", _LABELS),
    Figure("surtitle_gpu_busy_ratio", "Share of the last moment in which the card computed.", _LABELS),
    Figure("surtitle_gpu_temperature_celsius", "Temperature of the card.", _LABELS),
    Figure("surtitle_gpu_power_watts", "What the card draws.", _LABELS),
)


def gpu_part() -> Part | None:
    """The cards as one part of the figures; None where there is no card to be asked."""
    import pynvml  # noqa: PLC0415 - servers without cards need not wait for it

    try:
        pynvml.nvmlInit()
        pynvml.nvmlShutdown()
    except pynvml.NVMLError as error:
        log.info("there are no figures of GPUs: %s", error)
        return None

    async def read() -> Sequence[Sample]:
        # A driver in trouble answers late, or never.
        return await asyncio.to_thread(read_cards, pynvml)

    return Part("gpus", read, _FRESH_SECONDS)


def read_cards(nvml: Any) -> list[Sample]:
    """All that the driver shows this process; what a card does not tell is left out."""
    with _at_work(nvml):
        handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        return [sample for index, handle in enumerate(handles) for sample in _of_card(nvml, index, handle)]


@contextmanager
def _at_work(nvml: Any) -> Iterator[None]:
    # Each time anew: a driver that was updated below us is another one.
    nvml.nvmlInit()
    try:
        yield
    finally:
        with suppress(nvml.NVMLError):
            nvml.nvmlShutdown()


def _of_card(nvml: Any, index: int, handle: Any) -> Iterator[Sample]:
    labels = (str(index), _text(nvml.nvmlDeviceGetName(handle)))
    looks: dict[str, Callable[[], float]] = {
        "memory_used_bytes": lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used,
        "memory_total_bytes": lambda: nvml.nvmlDeviceGetMemoryInfo(handle).total,
        "busy_ratio": lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100,
        "temperature_celsius": lambda: nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU),
        "power_watts": lambda: nvml.nvmlDeviceGetPowerUsage(handle) / _MILLIWATTS,
    }
    for name, look in looks.items():
        # A part of a card that is shared out (MIG) has no load or power of its own.
        with suppress(nvml.NVMLError):
            yield Sample(f"surtitle_gpu_{name}", labels, float(look()))


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name
