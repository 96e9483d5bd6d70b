"""What is told of a run and of each of its steps: one line of the log, one span."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from surtitle.errors import SurtitleError
from surtitle.jobs.claiming import Claim
from surtitle.jobs.lease import StopReason
from surtitle.observability import tracing
from surtitle.observability.lineage import carried, note
from surtitle.observability.tracing import Fact, Kind, Span

log = logging.getLogger(__name__)

DONE = "done"
STOPPED = "stopped"
FAILED = "failed"


class JobRun:
    """Told how a run ended."""

    def __init__(self, claim: Claim, span: Span) -> None:
        self._claim = claim
        self._span = span
        self._began = time.monotonic()

    def ended(self, outcome: dict[str, Any] | StopReason | BaseException) -> None:
        """`outcome` is what the run gave, why it was stopped, or what it raised."""
        match outcome:
            case BaseException():
                how, kind = FAILED, kind_of(outcome)
                self._span.failed(kind)
            case StopReason():
                how, kind = STOPPED, outcome.value
            case _:
                how, kind = DONE, ""
        self._span.tell({Fact.OUTCOME: how})
        claim, seconds = self._claim, time.monotonic() - self._began
        log.info(
            "job %s (%s, attempt %d) %s in %.1f s", claim.job_id, claim.origin.recipe or "unknown",
            claim.attempt, _told(how, kind), seconds,
            extra={"facts": {
                "recipe": claim.origin.recipe, "attempt": claim.attempt, "outcome": how, "reason": kind,
                "seconds": round(seconds, 3),
            }},
        )  # fmt: skip


@contextmanager
def job_run(claim: Claim) -> Iterator[JobRun]:
    """Around a claimed run: what it does comes from the request that asked for the job."""
    origin = claim.origin
    facts = {
        Fact.JOB_ID: str(claim.job_id),
        Fact.PROJECT_ID: origin.project_id,
        Fact.REQUEST_ID: origin.request_id,
        Fact.RECIPE: origin.recipe,
        Fact.ATTEMPT: claim.attempt,
        Fact.ENGINE: claim.engine or None,
    }
    with (
        carried(origin.lineage, job_id=claim.job_id, project_id=origin.project_id),
        tracing.span(f"job {origin.recipe}", kind=Kind.CONSUMER, facts=facts) as span,
    ):
        yield JobRun(claim, span)


@contextmanager
def step_run(name: str) -> Iterator[None]:
    """Around one run of a step."""
    began, how, kind = time.monotonic(), DONE, ""
    with tracing.span(f"step {name}", facts={Fact.STEP: name}) as span:
        note(step=name)
        try:
            yield
        except asyncio.CancelledError:
            how = STOPPED
            raise
        except Exception as error:
            how, kind = FAILED, kind_of(error)
            raise
        finally:
            span.tell({Fact.OUTCOME: how})
            seconds = time.monotonic() - began
            facts = {"outcome": how, "reason": kind, "seconds": round(seconds, 3)}
            log.info("step %s %s in %.1f s", name, _told(how, kind), seconds, extra={"facts": facts})


def kind_of(error: BaseException) -> str:
    """The kind of an error without its words, which may repeat what people said."""
    return error.slug if isinstance(error, SurtitleError) else type(error).__name__


def _told(how: str, kind: str) -> str:
    return f"{how} ({kind})" if kind else how
