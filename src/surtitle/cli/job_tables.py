"""Jobs as tables for people and as JSON for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.filesize import decimal
from rich.markup import escape
from rich.table import Table

from surtitle.cli.batch.view import clock
from surtitle.db.job_models import Job
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.jobs import JobState
from surtitle.jobs.oversight import SeenJob
from surtitle.jobs.service import JobDetail

_COLOURS = {
    JobState.SUCCEEDED: "green",
    JobState.FAILED: "red",
    JobState.RUNNING: "cyan",
    JobState.CANCELLED: "yellow",
}


def show_list(jobs: Sequence[SeenJob]) -> None:
    """A line for each job on standard output, with its project where there are others than one's own."""
    if not jobs:
        Console(stderr=True).print("There are no jobs.")
        return
    columns = ["job", "recipe", "state", "progress", "sound", "created (UTC)", "from"]
    others = any(seen.job.project_id != PERSONAL_PROJECT for seen in jobs)
    table = Table(*columns, *(["project"] if others else []), box=None)
    for seen in jobs:
        job = seen.job
        table.add_row(
            str(job.id), job.recipe, _state(job), f"{job.progress:.0%}", clock(job.media_seconds),
            f"{job.created_at:%Y-%m-%d %H:%M}", job.surface, *([escape(seen.project)] if others else []),
        )  # fmt: skip
    _print(table)


def show_detail(detail: JobDetail) -> None:
    """Everything about one job on standard output."""
    job = detail.job
    facts = Table.grid(padding=(0, 2))
    for name, value in _facts(job):
        facts.add_row(name, value)
    steps = Table("step", "state", "seconds", box=None)
    for step in detail.steps:
        steps.add_row(step.name, step.state, f"{step.seconds:.1f}")
    results = Table("result", "size", "type", box=None)
    for artifact in detail.artifacts:
        results.add_row(escape(artifact.name), decimal(artifact.size_bytes), artifact.media_type)
    _print(facts, steps, *([results] if detail.artifacts else []))


def as_json(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "project_id": str(job.project_id),
        "recipe": job.recipe,
        "state": job.state,
        "progress": job.progress,
        "surface": job.surface,
        "media_id": str(job.media_id) if job.media_id else None,
        "media_seconds": job.media_seconds,
        "processing_seconds": job.processing_seconds,
        "attempt": job.attempt,
        "options": job.options,
        "warnings": job.warnings,
        "error": {"kind": job.error_kind, "detail": job.error_detail} if job.error_kind else None,
        **{
            name: moment.isoformat() if (moment := getattr(job, name)) else None
            for name in ("created_at", "queued_at", "started_at", "finished_at")
        },
    }


def detail_as_json(detail: JobDetail) -> dict[str, Any]:
    return as_json(detail.job) | {
        "steps": [{"name": step.name, "state": step.state, "seconds": step.seconds} for step in detail.steps],
        "artifacts": [
            {"name": artifact.name, "size_bytes": artifact.size_bytes, "sha256": artifact.sha256}
            for artifact in detail.artifacts
        ],
    }


def _facts(job: Job) -> Iterable[tuple[str, str]]:
    yield "job", str(job.id)
    if job.project_id != PERSONAL_PROJECT:
        yield "project", str(job.project_id)
    yield "recipe", job.recipe
    yield "state", _state(job)
    yield "progress", f"{job.progress:.0%}"
    yield "sound", clock(job.media_seconds)
    yield "worked on for", clock(job.processing_seconds)
    yield "created (UTC)", f"{job.created_at:%Y-%m-%d %H:%M:%S}"
    if job.error_detail:
        yield "error", escape(job.error_detail)
    for warning in job.warnings:
        yield "warning", escape(str(warning.get("detail", warning)))


def _state(job: Job) -> str:
    colour = _COLOURS.get(JobState(job.state), "default")
    return f"[{colour}]{job.state}[/]"


def _print(*parts: Table) -> None:
    # Wide enough that a pipe gets whole lines.
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    for part in parts:
        console.print(part)
