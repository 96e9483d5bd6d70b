"""`surtitle workers`: who is alive, on what, since when."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.db.job_models import Worker

AsJson = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]


def workers(as_json: AsJson = False) -> None:
    """Show the workers that are alive, what they can do, and the jobs that they run."""

    async def ask(parts: Any) -> Any:
        return await parts.workers.alive(), await parts.workers.unserved()

    alive, unserved = answered(ask)
    if as_json:
        write_json([_as_json(worker) for worker in alive])
    else:
        _show(alive)
    for kind in unserved:
        Console(stderr=True).print(kind.sentence, style="yellow", soft_wrap=True)


def _as_json(worker: "Worker") -> dict[str, Any]:
    return {
        "id": worker.id,
        "host": worker.host,
        "pid": worker.pid,
        "queues": worker.queues,
        "slots": worker.slots,
        "engines": worker.engines,
        "memory_bytes": worker.memory_bytes,
        "gpus": worker.gpus,
        "jobs": worker.jobs,
        "started_at": worker.started_at.isoformat(),
        "seen_at": worker.seen_at.isoformat(),
    }


def _show(alive: Sequence["Worker"]) -> None:
    if not alive:
        Console(stderr=True).print("No worker is alive. Start one with: surtitle worker")
        return
    table = Table("host", "pid", "queues", "busy", "memory a job", "gpus", "jobs", "since (UTC)", box=None)
    for worker in alive:
        table.add_row(
            worker.host.partition("#")[0], str(worker.pid), ", ".join(worker.queues),
            f"{len(worker.jobs)}/{worker.slots}", decimal(worker.memory_bytes), str(len(worker.gpus)),
            "\n".join(worker.jobs), f"{worker.started_at:%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip
    console = Console(highlight=False)
    # Wide enough that a pipe gets whole lines.
    (console if console.is_terminal else Console(highlight=False, width=200)).print(table)
