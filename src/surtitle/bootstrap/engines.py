"""What computes: models, the engines that run them, and who chooses among them."""

from dataclasses import dataclass

from surtitle.config import Settings
from surtitle.engines.builtin.cuda import cuda_device_count
from surtitle.engines.host import EngineHost
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.observability.metrics import Metrics
from surtitle.pipelines.transcription.selection import EngineSelector


@dataclass(frozen=True, slots=True)
class EngineParts:
    """One process's. `host` serves what a person waits for; its child starts when it is first asked.
    Workers have their own.
    """

    models: ModelStore
    registry: EngineRegistry
    selector: EngineSelector
    chooser: EngineChooser
    host: EngineHost
    writers: Writers


def open_engines(settings: Settings, metrics: Metrics | None = None) -> EngineParts:
    """Looks what this machine has. Starts nothing."""
    metrics = metrics or Metrics()
    models, registry = ModelStore(settings), EngineRegistry(settings.engines.plugin)
    hardware = probe_hardware(cuda_device_count())
    return EngineParts(
        models=models,
        registry=registry,
        selector=EngineSelector(settings.engines, registry, models, hardware),
        chooser=EngineChooser(settings, registry, models, hardware),
        host=EngineHost(settings.engines, registry, metrics.engines),
        writers=Writers(settings.writing, metrics.cloud),
    )
