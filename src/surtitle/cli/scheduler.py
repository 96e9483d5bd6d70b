"""`surtitle scheduler`: the process that looks after the schedules where servers and workers do not."""

import asyncio
from typing import TYPE_CHECKING

import typer

from surtitle.cli.serving import stop_signals
from surtitle.cli.worker_health import health

if TYPE_CHECKING:
    from surtitle.config import Settings

scheduler_app = typer.Typer(invoke_without_command=True)
scheduler_app.command("health")(health)


@scheduler_app.callback()
def scheduler(context: typer.Context) -> None:
    """Run what is due every so often (clearing up, retention, figures, mails), and nothing else.

    Servers and workers do the same beside their work, unless SURTITLE_JOBS__SCHEDULES=scheduler says that
    they leave it to this process. Several of them replace one another: each task runs once. SIGTERM lets what
    runs end (SURTITLE_JOBS__GRACE_SECONDS); what does not is taken up by another.
    """
    if context.invoked_subcommand is not None:
        return
    from surtitle.cli.settings import load_settings  # noqa: PLC0415 - takes seconds

    asyncio.run(_run(load_settings()))


async def _run(settings: "Settings") -> None:
    from surtitle.bootstrap.installation import opened  # noqa: PLC0415
    from surtitle.bootstrap.scheduler import look_after  # noqa: PLC0415
    from surtitle.bootstrap.schedules import schedules_of  # noqa: PLC0415
    from surtitle.bootstrap.worker_health import health_told  # noqa: PLC0415
    from surtitle.bootstrap.worker_metrics import metrics_told  # noqa: PLC0415
    from surtitle.observability.metrics import Role  # noqa: PLC0415

    with stop_signals() as (stop, _at_once):
        async with (
            opened(settings, Role.SCHEDULER) as installation,
            health_told(installation, works=False),
            metrics_told(installation),
        ):
            told = installation.metrics.schedules
            await look_after(schedules_of(installation), installation.database, settings.jobs, stop, told)
