"""`surtitle jobs`: the job table of this installation."""

import sys
from typing import Annotated
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json
from surtitle.domain.jobs import JobState

jobs_app = typer.Typer(help="List, show, cancel, retry and delete jobs.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
JobId = Annotated[UUID, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)]


@jobs_app.command("list")
def list_jobs(
    state: Annotated[
        JobState | None, typer.Option(help="Only jobs in this state.", show_default=False)
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="Only jobs of this recipe.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    cursor: Annotated[
        str | None, typer.Option(help="`next_cursor` of the page before.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest jobs first."""
    from surtitle.cli import job_tables  # noqa: PLC0415 - takes seconds
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.jobs.filters import JobFilter  # noqa: PLC0415

    wanted = JobFilter(state=state, recipe=recipe)
    page = answered(lambda parts: parts.jobs.list(PERSONAL_PROJECT, wanted, cursor, limit))
    if as_json:
        write_json(
            {"items": [job_tables.as_json(job) for job in page.items], "next_cursor": page.next_cursor}
        )
        return
    job_tables.show_list(page.items)
    if page.next_cursor:
        sys.stderr.write(f"There are more: --cursor {page.next_cursor}\n")


@jobs_app.command()
def show(job: JobId, as_json: AsJson = False) -> None:
    """Show one job with its steps and results."""
    from surtitle.cli import job_tables  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    detail = answered(lambda parts: parts.jobs.get(PERSONAL_PROJECT, job))
    if as_json:
        write_json(job_tables.detail_as_json(detail))
    else:
        job_tables.show_detail(detail)


@jobs_app.command()
def cancel(job: JobId, as_json: AsJson = False) -> None:
    """Stop a job: at once while it waits, within a second while it runs."""
    _act("cancel", job, as_json)


@jobs_app.command()
def retry(
    job: JobId,
    step: Annotated[
        str | None,
        typer.Option(help="Only this step, which the job did without: diarization …", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Queue a failed or cancelled job again; a worker or server takes it up."""
    if step is None:
        _act("retry", job, as_json)
    else:
        _act("retry_step", job, as_json, step)


@jobs_app.command()
def delete(job: JobId) -> None:
    """Remove a job that has ended and all that it made. Its recording stays."""
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    answered(lambda parts: parts.jobs.delete(PERSONAL_PROJECT, job))
    typer.echo(f"{job}: deleted")


def _act(method: str, job: UUID, as_json: bool, *more: str) -> None:
    from surtitle.cli import job_tables  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    changed = answered(lambda parts: getattr(parts.jobs, method)(PERSONAL_PROJECT, job, *more))
    if as_json:
        write_json(job_tables.as_json(changed))
    elif changed.state == JobState.RUNNING:
        typer.echo(f"{job}: asked to stop")
    else:
        typer.echo(f"{job}: {changed.state}")
