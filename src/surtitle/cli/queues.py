"""`surtitle queues`: what waits where, and holding a queue up."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.jobs.queues import QueueState

queues_app = typer.Typer(help="Show, pause and resume the queues that jobs wait in.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="QUEUE", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]


@queues_app.command("list")
def list_queues(as_json: AsJson = False) -> None:
    """Show every queue: how many jobs wait and run, how many could run at a time."""
    states = answered(lambda parts: parts.queues.list())
    if as_json:
        write_json([_as_json(state) for state in states])
        return
    table = Table("queue", "waiting", "running", "slots", "", box=None)
    for state in states:
        paused = f"paused since {state.paused_at:%Y-%m-%d %H:%M} (UTC)" if state.paused_at else ""
        table.add_row(state.name, str(state.queued), str(state.running), str(state.slots), paused)
    Console(highlight=False).print(table)


@queues_app.command("pause")
def pause(name: Name) -> None:
    """Let no job of the queue begin. What runs goes on, and new jobs are taken in."""
    state = answered(lambda parts: parts.queues.pause(name))
    typer.echo(f"The queue {name} is paused: {state.running} job(s) run on, {state.queued} wait.")


@queues_app.command("resume")
def resume(name: Name) -> None:
    """Let the queue's jobs begin again."""
    state = answered(lambda parts: parts.queues.resume(name))
    typer.echo(f"The queue {name} goes on: {state.queued} job(s) wait.")


@queues_app.command("purge")
def purge(
    name: Annotated[str | None, typer.Argument(metavar="[QUEUE]", show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Cancel every job that waits, of all projects; in one queue or in all. What runs goes on."""
    from surtitle.jobs.clearing import cancel_waiting  # noqa: PLC0415

    if not yes:
        typer.confirm(f"Cancel every job that waits in {name or 'all queues'}?", abort=True, err=True)
    cancelled = answered(lambda parts: cancel_waiting(parts.database, parts.jobs, name))
    typer.echo(f"{cancelled} job(s) cancelled.")


def _as_json(state: "QueueState") -> dict[str, Any]:
    return {
        "name": state.name,
        "paused_at": state.paused_at.isoformat() if state.paused_at else None,
        "queued": state.queued,
        "running": state.running,
        "slots": state.slots,
    }
