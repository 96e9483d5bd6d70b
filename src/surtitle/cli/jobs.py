"""`surtitle jobs`: the job table of this installation."""

import sys
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json
from surtitle.domain.jobs import JobState

if TYPE_CHECKING:
    from surtitle.db.job_models import Job
    from surtitle.jobs.oversight import SeenJob
    from surtitle.jobs.service import JobDetail
    from surtitle.paging import Page

jobs_app = typer.Typer(help="List, show, cancel, retry and delete jobs.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
JobId = Annotated[UUID, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)]

_ACTIONS = {"cancel": "job.cancelled", "retry": "job.retried", "retry_step": "job.retried"}
"""What the trail calls them."""


@jobs_app.command("list")
def list_jobs(
    *,
    state: Annotated[
        JobState | None, typer.Option(help="Only jobs in this state.", show_default=False)
    ] = None,
    recipe: Annotated[str | None, typer.Option(help="Only jobs of this recipe.", show_default=False)] = None,
    project: Annotated[
        str | None,
        typer.Option(help="Only jobs of this project, by its id or name.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    cursor: Annotated[
        str | None, typer.Option(help="`next_cursor` of the page before.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest jobs first."""
    from surtitle.cli import job_tables  # noqa: PLC0415 - takes seconds
    from surtitle.cli.belonging import project_called  # noqa: PLC0415
    from surtitle.jobs.filters import JobFilter  # noqa: PLC0415
    from surtitle.jobs.oversight import Oversight  # noqa: PLC0415

    wanted = JobFilter(state=state, recipe=recipe)

    async def listed(parts: Any) -> "Page[SeenJob]":
        project_id = await project_called(parts, project) if project else None
        return await Oversight(parts.database, parts.queue).page(wanted, cursor, limit, project_id)

    page = answered(listed)
    if as_json:
        items = [job_tables.as_json(seen.job) for seen in page.items]
        write_json({"items": items, "next_cursor": page.next_cursor})
        return
    job_tables.show_list(page.items)
    if page.next_cursor:
        sys.stderr.write(f"There are more: --cursor {page.next_cursor}\n")


@jobs_app.command()
def show(job: JobId, as_json: AsJson = False) -> None:
    """Show one job with its steps and results."""
    from surtitle.cli import job_tables  # noqa: PLC0415
    from surtitle.cli.belonging import project_of_job  # noqa: PLC0415

    async def found(parts: Any) -> "JobDetail":
        detail: JobDetail = await parts.jobs.get(await project_of_job(parts, job), job)
        return detail

    detail = answered(found)
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
    from surtitle.cli.belonging import project_of_job  # noqa: PLC0415

    async def deleted(parts: Any) -> None:
        project = await project_of_job(parts, job)
        await parts.jobs.delete(project, job)
        await _tell(parts, "job.deleted", job, project)

    answered(deleted)
    typer.echo(f"{job}: deleted")


def _act(method: str, job: UUID, as_json: bool, *more: str) -> None:
    from surtitle.cli import job_tables  # noqa: PLC0415
    from surtitle.cli.belonging import project_of_job  # noqa: PLC0415

    async def acted(parts: Any) -> "Job":
        project = await project_of_job(parts, job)
        changed: Job = await getattr(parts.jobs, method)(project, job, *more)
        await _tell(parts, _ACTIONS[method], job, project)
        return changed

    changed = answered(acted)
    if as_json:
        write_json(job_tables.as_json(changed))
    elif changed.state == JobState.RUNNING:
        typer.echo(f"{job}: asked to stop")
    else:
        typer.echo(f"{job}: {changed.state}")


async def _tell(parts: Any, action: str, job: UUID, project: UUID) -> None:
    """People of a project see in its trail what was done to their job from the machine."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415
    from surtitle.accounts.audit import Deed  # noqa: PLC0415

    deed = Deed(action, OWNER_OF_MACHINE, object_kind="job", object_id=job, project_id=project)
    await parts.accounts.audit.tell(deed)
