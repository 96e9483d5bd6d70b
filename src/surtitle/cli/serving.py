"""`surtitle serve` and `surtitle worker`: the processes of an installation."""

import asyncio
import json
import os
import signal
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from surtitle.cli.worker_health import health
from surtitle.processes import die_with_parent

if TYPE_CHECKING:
    from surtitle.config import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(help="Where recordings, results, models and the database lie.", show_default=False),
]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 8000 if left out.", min=0, max=65535)]


class Auth(StrEnum):
    """Who may use the server."""

    PERSONAL = "personal"
    REQUIRED = "required"
    NONE = "none"
    """What `personal` was called first."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 127.0.0.1 if left out.")] = None,
    port: Port = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes; 1 if left out, 0 for none.", min=0, max=64)
    ] = None,
    data_dir: DataDir = None,
    auth: Annotated[
        Auth | None,
        typer.Option(
            help="personal (if left out): whoever sits at this machine owns everything. required: people "
            "sign in, and other machines may reach the server.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Start the server and its workers on this machine. Ctrl-C stops both; running jobs go on next time.

    Options win over the SURTITLE_* variables of the same meaning.
    """
    mode = Auth.PERSONAL if auth is Auth.NONE else auth
    override_settings(host=host, port=port, workers=workers, data_dir=data_dir, auth=mode)
    from surtitle.bootstrap.server import listen, run_server  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    settings = load_settings()

    async def announce(url: str) -> bool:
        typer.echo(f"Surtitle listens at {url} (API: {url}/docs). Press Ctrl-C to stop.")
        return True

    run_on_uvloop(run_server(settings, listen(settings.server), announce))


worker_app = typer.Typer(invoke_without_command=True)
worker_app.command("health")(health)


@worker_app.callback()
def worker(
    context: typer.Context,
    processes: Annotated[int, typer.Option(help="How many worker processes.", min=1, max=64)] = 1,
    queue: Annotated[
        list[str] | None,
        typer.Option(
            help="A queue to take jobs from; may be given several times. Left out: cpu, and gpu where there "
            "is one.",
            show_default=False,
        ),
    ] = None,
    slots: Annotated[
        int | None,
        typer.Option(
            help="Jobs that each process runs at a time; 1 if left out.", min=1, max=64, show_default=False
        ),
    ] = None,
) -> None:
    """Run jobs of this installation, without a server.

    SIGTERM lets the running jobs go on for a while (SURTITLE_JOBS__GRACE_SECONDS); Ctrl-C hands them
    back at once. In neither case is anything lost.
    """
    if context.invoked_subcommand is not None:
        return
    override_settings(queues=queue, slots=slots)
    from surtitle.bootstrap.supervisor import NUMBER_VARIABLE, PARENT_VARIABLE  # noqa: PLC0415
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    parent, number = os.environ.pop(PARENT_VARIABLE, ""), int(os.environ.pop(NUMBER_VARIABLE, "0"))
    if parent:
        die_with_parent(int(parent))
    settings = load_settings()
    if parent:
        # Engines and ffmpeg inherit it: on a busy machine the server still answers at once.
        os.nice(settings.jobs.niceness)
    asyncio.run(_work(settings, number) if processes == 1 else _supervise(settings, processes))


def override_settings(
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    data_dir: Path | None = None,
    auth: Auth | None = None,
    queues: Sequence[str] | None = None,
    slots: int | None = None,
) -> None:
    """Put options where settings are read from, so that worker processes read the same."""
    given = {
        "SURTITLE_SERVER__HOST": host,
        "SURTITLE_SERVER__PORT": port,
        "SURTITLE_SERVER__WORKERS": workers,
        "SURTITLE_SERVER__AUTH": auth.value if auth else None,
        "SURTITLE_JOBS__WORKER_QUEUES": json.dumps(list(queues)) if queues else None,
        "SURTITLE_JOBS__SLOTS": slots,
        "SURTITLE_DATA_DIR": data_dir.expanduser().absolute() if data_dir else None,
    }
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})


def run_on_uvloop(main: Coroutine[None, None, None]) -> None:
    """Run `main` on the quick event loop where there is one."""
    import uvloop  # noqa: PLC0415

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def _work(settings: "Settings", number: int) -> None:
    from surtitle.bootstrap.installation import opened  # noqa: PLC0415
    from surtitle.bootstrap.worker import work  # noqa: PLC0415
    from surtitle.bootstrap.worker_health import health_told  # noqa: PLC0415
    from surtitle.bootstrap.worker_metrics import metrics_told  # noqa: PLC0415
    from surtitle.observability.metrics import Role  # noqa: PLC0415

    with stop_signals() as (stop, at_once):
        async with (
            opened(settings, Role.WORKER) as installation,
            health_told(installation, number),
            metrics_told(installation, number),
        ):
            await work(installation, stop, at_once=at_once)


async def _supervise(settings: "Settings", processes: int) -> None:
    from surtitle.bootstrap.supervisor import supervised_workers  # noqa: PLC0415

    with stop_signals() as (stop, at_once):
        async with supervised_workers(processes, settings.jobs.grace_seconds, at_once):
            await stop.wait()


@contextmanager
def stop_signals() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Events for "stop" (either signal) and "at once" (SIGINT)."""
    stop, at_once = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        at_once.set()
        stop.set()

    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupted)
    yield stop, at_once
