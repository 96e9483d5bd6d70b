"""All figures of one process."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

import surtitle
from surtitle.domain.cloud import CloudUnit
from surtitle.observability.metrics.cloud import CloudMetrics
from surtitle.observability.metrics.disks import DISK_FIGURES
from surtitle.observability.metrics.engines import EngineMetrics
from surtitle.observability.metrics.gpus import GPU_FIGURES
from surtitle.observability.metrics.installation import INSTALLATION_FIGURES
from surtitle.observability.metrics.jobs import FinishedJobMetrics, RunMetrics
from surtitle.observability.metrics.readings import Readings
from surtitle.observability.metrics.requests import RequestMetrics
from surtitle.observability.metrics.schedules import ScheduleMetrics

# When a counter began is told by the process's start; a second series for each would double what is kept.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Role(StrEnum):
    """What a process does, and so which figures it has."""

    API = "api"
    WORKER = "worker"
    SCHEDULER = "scheduler"


class Metrics:
    """What one process counts. A server has requests and the installation, a worker runs and cards."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(
        self,
        role: Role = Role.API,
        *,
        queues: Iterable[str] = (),
        prices: Mapping[str, Mapping[CloudUnit, float]] | None = None,
        daily_budget: float | None = None,
    ) -> None:
        self.role = role
        self.registry = CollectorRegistry()
        serves = self.registry if role is Role.API else None
        works = self.registry if role is Role.WORKER else None
        self.http = RequestMetrics(serves)
        self.finished = FinishedJobMetrics(serves)
        self.runs = RunMetrics(works, queues)
        self.cloud = CloudMetrics(self.registry, prices, daily_budget)
        self.engines = EngineMetrics(self.registry, self.cloud)
        self.schedules = ScheduleMetrics(self.registry)
        looked_up = {Role.API: INSTALLATION_FIGURES, Role.WORKER: GPU_FIGURES}.get(role, ())
        self.readings = Readings((*DISK_FIGURES, *looked_up))
        self.registry.register(self.readings)
        self._tell_of_the_process()

    def _tell_of_the_process(self) -> None:
        ProcessCollector(registry=self.registry)
        info = Gauge(
            "surtitle_build_info",
            "The program that runs; its value is always 1.",
            ("version", "role"),
            registry=self.registry,
        )
        info.labels(surtitle.__version__, self.role).set(1)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format (version 0.0.4), what is looked up as last read."""
        return generate_latest(self.registry)

    @classmethod
    def known(cls) -> dict[str, str]:
        """Every figure of every process, without the ending that its type adds, and its type."""
        told: dict[str, str] = {}
        for metrics in [cls(role, daily_budget=1.0) for role in Role]:
            families = (
                *metrics.registry.collect(),
                *metrics.readings.describe(),
                *metrics.engines.describe(),
            )
            told |= {family.name: family.type for family in families}
        return told
