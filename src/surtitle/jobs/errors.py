"""What can be wrong with a wish about a job."""

from uuid import UUID

from surtitle.domain.jobs import JobState, StepState
from surtitle.errors import Busy, Conflict, NotFound, SurtitleError

_GONE = "or it was deleted by its age: `GET /api/projects/{project_id}/retention` says what is kept how long"


class JobNotFound(NotFound):
    slug = "job-not-found"

    def __init__(self, job_id: UUID | str) -> None:
        super().__init__(
            f"There is no job {job_id}. `surtitle jobs list` and `GET /api/jobs` show those that exist."
        )


class ArtifactNotFound(NotFound):
    slug = "artifact-not-found"

    def __init__(self, job_id: UUID, name: str, existing: list[str]) -> None:
        made = ", ".join(existing) or "nothing yet"
        super().__init__(f"Job {job_id} has no artifact {name[:80]!r}; it has: {made}.")


class ResultNotReady(Conflict):
    slug = "result-not-ready"

    def __init__(self, job_id: UUID, state: JobState) -> None:
        follow = f"Ask again when it has succeeded, or follow `GET /api/jobs/{job_id}/events`."
        told = f", {_GONE}." if state is JobState.SUCCEEDED else f". {follow}"
        super().__init__(f"Job {job_id} is {state}; it has no such result{told}")


class JobStateConflict(Conflict):
    """The job is in a state from which this cannot be done."""

    slug = "job-state"

    def __init__(self, job_id: UUID, state: JobState, wish: str, advice: str) -> None:
        super().__init__(f"Job {job_id} is {state} and cannot be {wish}. {advice}", state=str(state))


class StepNotFound(NotFound):
    slug = "step-not-found"

    def __init__(self, job_id: UUID, name: str, steps: list[str]) -> None:
        super().__init__(f"Job {job_id} has no step {name[:60]!r}; it has: {', '.join(steps)}.")


class StepStateConflict(Conflict):
    """The step did not fail, so there is nothing to do again."""

    slug = "step-state"

    def __init__(self, job_id: UUID, name: str, state: StepState) -> None:
        super().__init__(
            f"Step {name!r} of job {job_id} is {state}; only a step that failed can be retried by itself.",
            state=str(state),
        )


class QueueFull(Busy):
    """So many jobs wait in the installation that no more are taken now."""

    slug = "queue-full"

    def __init__(self, most: int, retry_after_seconds: int) -> None:
        super().__init__(
            f"{most} jobs wait already, and no more are taken now. Try again in {retry_after_seconds} s; "
            "more workers make the queue shorter (`surtitle workers` shows those that are alive).",
            retry_after_seconds=retry_after_seconds,
            most_queued=most,
        )


class ProjectQueueFull(Busy):
    """So many jobs of the project wait that it may not queue more now."""

    slug = "project-queue-full"

    def __init__(self, most: int, retry_after_seconds: int) -> None:
        super().__init__(
            f"{most} jobs of this project wait already, which is as many as may. Try again in about "
            f"{retry_after_seconds} s, or cancel some that are no longer needed.",
            retry_after_seconds=retry_after_seconds,
            most_queued=most,
        )


class LeaseLost(SurtitleError):
    """Another worker has taken the job over: what this one still does for it counts for nothing."""

    slug = "lease-lost"

    def __init__(self, job_id: UUID, fence: int) -> None:
        super().__init__(f"Job {job_id} was taken over (fence {fence} is no longer the newest).")
