"""Figures of the tasks that an installation does every so often."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge


class ScheduleMetrics:
    """One process's view of them; names come from the program, never from a user."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.last_success = Gauge(
            "surtitle_schedule_last_success_timestamp_seconds",
            "When a scheduled task was last seen done, whoever did it; until then, since when it waits.",
            ("schedule",),
            registry=registry,
        )
        self.every_seconds = Gauge(
            "surtitle_schedule_every_seconds", "How often it is due.", ("schedule",), registry=registry
        )
        self.failures = Counter(
            "surtitle_schedule_failures", "Failed in this process.", ("schedule",), registry=registry
        )

    def keeps(self, name: str, every_seconds: float) -> None:
        """This process looks after the task."""
        self.every_seconds.labels(name).set(every_seconds)
        # What is not told would never be overdue.
        self.done(name, time.time())
        self.failures.labels(name)

    def done(self, name: str, at_epoch: float) -> None:
        self.last_success.labels(name).set(at_epoch)

    def failed(self, name: str) -> None:
        self.failures.labels(name).inc()
