"""`surtitle worker health` and `surtitle scheduler health`, run every few seconds by who restarts containers:
they import little.
"""

import json
import os
import urllib.error
import urllib.request
from typing import Annotated, Any

import typer

from surtitle.cli.failures import FAILED, USAGE

_VARIABLE = "SURTITLE_JOBS__HEALTH_PORT"
_PATIENCE_SECONDS = 8.0


def health(
    port: Annotated[int | None, typer.Option(help=f"Where it is told; {_VARIABLE} if left out.")] = None,
    processes: Annotated[int, typer.Option(help="How many there are, on ports one after another.")] = 1,
    live: Annotated[bool, typer.Option(help="Ask only whether it answers.")] = False,
) -> None:
    """Ask the process of this machine or container how it is. Exit code 1 when it cannot work, and why."""
    first = port or int(os.environ.get(_VARIABLE) or 0)
    if not first:
        typer.echo(f"Nobody tells its health: set {_VARIABLE} for the process and this command.", err=True)
        raise typer.Exit(USAGE)
    page = "live" if live else "ready"
    well = [_is_well(f"http://127.0.0.1:{first + number}/health/{page}") for number in range(processes)]
    raise typer.Exit(0 if all(well) else FAILED)


def _is_well(url: str) -> bool:
    # A proxy of the environment's has no business here.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=_PATIENCE_SECONDS) as answer:
            told: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        typer.echo(json.load(error)["detail"], err=True)
        return False
    except (OSError, ValueError) as error:
        typer.echo(f"Nobody answers at {url}: {error}", err=True)
        return False
    typer.echo(told["status"])
    return True
