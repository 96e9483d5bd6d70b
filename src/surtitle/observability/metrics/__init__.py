"""The figures that Prometheus scrapes, defined once. No global state: each app has its own registry."""

from surtitle.observability.metrics.cloud import CloudMetrics
from surtitle.observability.metrics.disks import disk_part
from surtitle.observability.metrics.engines import EngineMetrics, ResidentModel
from surtitle.observability.metrics.gpus import gpu_part
from surtitle.observability.metrics.jobs import FinishedJobMetrics, RunMetrics, RunOutcome
from surtitle.observability.metrics.process import Metrics, Role
from surtitle.observability.metrics.readings import Part, Readings, Sample, by_label
from surtitle.observability.metrics.requests import RequestMetrics
from surtitle.observability.metrics.schedules import ScheduleMetrics

__all__ = [
    "CloudMetrics",
    "EngineMetrics",
    "FinishedJobMetrics",
    "Metrics",
    "Part",
    "Readings",
    "RequestMetrics",
    "ResidentModel",
    "Role",
    "RunMetrics",
    "RunOutcome",
    "Sample",
    "ScheduleMetrics",
    "by_label",
    "disk_part",
    "gpu_part",
]
