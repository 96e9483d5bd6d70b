"""Figures of jobs: those that ended, read from their table, and the runs of one worker."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from surtitle.domain.jobs import JobState
from surtitle.domain.recipes import RECIPES, StepName
from surtitle.observability.metrics.labels import Vocabulary

# From a dummy job to a day's recording on a slow machine.
_WORK_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
# From a worker that stood idle to a queue that nobody has served for a day.
_WAIT_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60, 300, 900, 3600, 14400, 86400)
# Below 1 is faster than the recording lasts.
_REAL_TIME_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 5, 10)
# A plugin names its own errors; ours are about this many.
_MORE_KINDS = 60
_ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


class FinishedJobMetrics:
    """Jobs of the whole installation that ended since this process began."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self._recipe, self._step = Vocabulary(RECIPES), Vocabulary(StepName)
        self._kind = Vocabulary(more=_MORE_KINDS)
        self.jobs_finished = Counter(
            "surtitle_jobs_finished",
            "Jobs that ended since this process began, by how they ended.",
            ("recipe", "state"),
            registry=registry,
        )
        self.job_failures = Counter(
            "surtitle_job_failures", "Jobs that failed, by the reason's name.", ("kind",), registry=registry
        )
        self.job_seconds = Histogram(
            "surtitle_job_seconds",
            "Time that workers spent on a job, all its tries together.",
            ("recipe",),
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self.step_seconds = Histogram(
            "surtitle_job_step_seconds",
            "Time that workers spent on one step of a job.",
            ("recipe", "step"),
            buckets=_WORK_SECONDS,
            registry=registry,
        )
        self.real_time_factor = Histogram(
            "surtitle_job_real_time_factor",
            "Time spent on a succeeded job over its recording's length; below 1 is faster than it lasts.",
            ("recipe",),
            buckets=_REAL_TIME_FACTORS,
            registry=registry,
        )
        for recipe in RECIPES:
            for state in _ENDED:
                # A counter that begins at 1 shows no increase, and the first failure is the news.
                self.jobs_finished.labels(recipe, state)

    def ended(self, recipe: str, state: str, seconds: float, failure: str | None = None) -> None:
        """A job is over; `failure` is the reason's name where it failed."""
        recipe = self._recipe(recipe)
        self.jobs_finished.labels(recipe, state).inc()
        self.job_seconds.labels(recipe).observe(seconds)
        if state == JobState.FAILED:
            self.job_failures.labels(self._kind(failure)).inc()

    def step_ended(self, recipe: str, step: str, seconds: float) -> None:
        self.step_seconds.labels(self._recipe(recipe), self._step(step)).observe(seconds)

    def kept_pace(self, recipe: str, factor: float) -> None:
        self.real_time_factor.labels(self._recipe(recipe)).observe(factor)


class RunOutcome(StrEnum):
    """How one worker's hold of a job ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RETRIED = "retried"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"
    HANDED_BACK = "handed-back"
    TAKEN_OVER = "taken-over"


class RunMetrics:
    """What one worker took, and what came of it."""

    def __init__(self, registry: CollectorRegistry | None = None, queues: Iterable[str] = ()) -> None:
        names = tuple(queues)
        self._recipe, self._queue = Vocabulary(RECIPES), Vocabulary(names)
        self.claim_wait_seconds = Histogram(
            "surtitle_claim_wait_seconds",
            "From the moment that a job was due until a worker took it.",
            ("queue",),
            buckets=_WAIT_SECONDS,
            registry=registry,
        )
        self.runs = Counter(
            "surtitle_job_runs",
            "Runs of jobs that ended here, by how they ended.",
            ("recipe", "outcome"),
            registry=registry,
        )
        self.lost_leases = Counter(
            "surtitle_lost_leases",
            "Jobs taken back here from workers that were gone.",
            ("queue",),
            registry=registry,
        )
        self.slots = Gauge(
            "surtitle_worker_slots", "Jobs that this worker can run at a time.", ("state",), registry=registry
        )
        self._begin_at_nought(names)

    def _begin_at_nought(self, queues: Sequence[str]) -> None:
        for queue in queues:
            self.claim_wait_seconds.labels(queue)
            self.lost_leases.labels(queue)
        for recipe in RECIPES:
            for outcome in RunOutcome:
                self.runs.labels(recipe, outcome)

    def claimed(self, queue: str, waited_seconds: float) -> None:
        self.claim_wait_seconds.labels(self._queue(queue)).observe(max(waited_seconds, 0.0))

    def ended(self, recipe: str, outcome: RunOutcome) -> None:
        self.runs.labels(self._recipe(recipe), outcome).inc()

    def lost(self, queue: str) -> None:
        self.lost_leases.labels(self._queue(queue)).inc()

    def watch(self, busy: Callable[[], int], slots: int) -> None:
        """Ask `busy` at each scrape how many of the `slots` are at work."""
        self.slots.labels("busy").set_function(busy)
        self.slots.labels("idle").set_function(lambda: slots - busy())
