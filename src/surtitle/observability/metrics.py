"""The figures that Prometheus scrapes, defined once. No global state: each app has its own registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from surtitle.domain.jobs import JobState

# From a health check to the upload of a long film over a slow line.
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
# From a dummy job to a day's recording on a slow machine.
_WORK_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
# Below 1 is faster than the recording lasts.
_REAL_TIME_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 10)


class Metrics:
    """All figures of one process."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._define_http()
        self._define_jobs()

    def _define_http(self) -> None:
        labels = ("method", "route", "status")
        self.requests = Counter(
            "surtitle_http_requests", "Requests answered.", labels, registry=self.registry
        )
        self.request_seconds = Histogram(
            "surtitle_http_request_seconds",
            "From a request's arrival to the start of its answer, so that streams do not distort it.",
            labels,
            buckets=_REQUEST_SECONDS,
            registry=self.registry,
        )
        self.received_bytes = Counter(
            "surtitle_http_received_bytes", "Bytes of request bodies.", registry=self.registry
        )
        self.sent_bytes = Counter(
            "surtitle_http_sent_bytes", "Bytes of answers' bodies.", registry=self.registry
        )
        self.sse_listeners = Gauge("surtitle_sse_listeners", "Open event streams.", registry=self.registry)

    def _define_jobs(self) -> None:
        self.jobs = Gauge("surtitle_jobs", "Jobs that wait and run, now.", ("state",), registry=self.registry)
        self.workers = Gauge("surtitle_workers_alive", "Workers seen lately.", registry=self.registry)
        self.jobs_finished = Counter(
            "surtitle_jobs_finished",
            "Jobs that ended since this process began, by how they ended.",
            ("recipe", "state"),
            registry=self.registry,
        )
        self.job_seconds = Histogram(
            "surtitle_job_seconds",
            "Time that workers spent on a job, all its tries together.",
            ("recipe",),
            buckets=_WORK_SECONDS,
            registry=self.registry,
        )
        self.step_seconds = Histogram(
            "surtitle_job_step_seconds",
            "Time that workers spent on one step of a job.",
            ("recipe", "step"),
            buckets=_WORK_SECONDS,
            registry=self.registry,
        )
        self.real_time_factor = Histogram(
            "surtitle_job_real_time_factor",
            "Time spent on a succeeded job over its recording's length; below 1 is faster than it lasts.",
            ("recipe",),
            buckets=_REAL_TIME_FACTORS,
            registry=self.registry,
        )
        for state in (JobState.QUEUED, JobState.RUNNING):
            self.jobs.labels(state)

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format (version 0.0.4)."""
        return generate_latest(self.registry)
