"""Figures of the engine processes: which models they hold, and what became of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from surtitle.observability.metrics.cloud import CloudMetrics
from surtitle.observability.metrics.labels import Vocabulary

# From a model in the page cache to 14 billion weights over a network.
_LOAD_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320)
# What is installed on one machine; a plugin may name its models as it likes.
_MORE_ENGINES, _MORE_MODELS = 30, 60
_HELD = ("engine", "model", "device", "compute_type")


@dataclass(frozen=True, slots=True)
class ResidentModel:
    """A model that an engine process holds now, and what that process takes of the machine's memory."""

    engine: str
    model: str
    device: str
    compute_type: str
    size_bytes: int


class EngineMetrics:
    """Of all engine processes of one process of ours, and of what they ask servers of others (`cloud`)."""

    def __init__(self, registry: CollectorRegistry | None = None, cloud: CloudMetrics | None = None) -> None:
        self.cloud = cloud or CloudMetrics()
        self._engine, self._model = Vocabulary(more=_MORE_ENGINES), Vocabulary(more=_MORE_MODELS)
        self._looks: list[Callable[[], ResidentModel | None]] = []
        self.child_deaths = Counter(
            "surtitle_engine_child_deaths", "Engine processes that ended by themselves.", registry=registry
        )
        self.child_recycled = Counter(
            "surtitle_engine_child_recycled",
            "Engine processes replaced in order, by why.",
            ("reason",),
            registry=registry,
        )
        self.out_of_memory = Counter(
            "surtitle_engine_out_of_memory",
            "Times that memory ran out and a lighter setup was tried.",
            ("engine",),
            registry=registry,
        )
        self.load_seconds = Histogram(
            "surtitle_model_load_seconds",
            "Until a model stood ready.",
            ("engine", "model"),
            buckets=_LOAD_SECONDS,
            registry=registry,
        )
        for reason in ("memory", "jobs"):
            self.child_recycled.labels(reason)
        if registry is not None:
            registry.register(self)

    def watch(self, look: Callable[[], ResidentModel | None]) -> None:
        """Ask `look` at each scrape what one more engine process holds."""
        self._looks.append(look)

    def loaded(self, engine: str, model: str, seconds: float) -> None:
        self.load_seconds.labels(self._engine(engine), self._model(model)).observe(seconds)

    def ran_out_of_memory(self, engine: str) -> None:
        self.out_of_memory.labels(self._engine(engine)).inc()

    def describe(self) -> Iterator[Metric]:
        return iter(_families())

    def collect(self) -> Iterator[Metric]:
        """The models that are held now; one that is not held is not told of."""
        count, size = _families()
        held: dict[tuple[str, str, str, str], list[int]] = {}
        for resident in filter(None, (look() for look in self._looks)):
            labels = (
                self._engine(resident.engine),
                self._model(resident.model),
                resident.device,
                resident.compute_type,
            )
            held.setdefault(labels, []).append(resident.size_bytes)
        for labels, sizes in held.items():
            count.add_metric(labels, len(sizes))
            size.add_metric(labels, sum(sizes))
        return iter((count, size))


def _families() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    return (
        GaugeMetricFamily(
            "surtitle_model_resident", "Engine processes that hold the model now.", labels=_HELD
        ),
        GaugeMetricFamily("surtitle_model_resident_bytes", "What these processes hold.", labels=_HELD),
    )
