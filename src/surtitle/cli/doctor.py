"""`surtitle doctor`: is everything here, and if not, what mends it."""

import asyncio
import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def doctor(
    verify: Annotated[bool, typer.Option(help="Hash every file of every model, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Check what is installed, what is missing and how to mend it. Asks nothing of the network.

    Exit code 1 when something that is needed is missing.
    """
    from surtitle.cli.checkup import State, examine  # noqa: PLC0415 - takes seconds
    from surtitle.cli.failures import FAILED  # noqa: PLC0415
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    settings = load_settings(quiet=True)
    findings = asyncio.run(examine(settings, verify=verify))
    healthy = not any(finding.state is State.MISSING for finding in findings)
    if as_json:
        checks = [
            {"name": one.name, "state": one.state, "found": one.found, "mend": one.mend} for one in findings
        ]
        sys.stdout.write(json.dumps({"healthy": healthy, "checks": checks}, indent=2) + "\n")
        raise typer.Exit(0 if healthy else FAILED)
    colours = {State.OK: "green", State.NOTE: "yellow", State.MISSING: "red"}
    table = Table.grid(padding=(0, 2))
    for one in findings:
        mend = f"\n[bold]→ {escape(one.mend)}[/]" if one.mend else ""
        table.add_row(f"[{colours[one.state]}]{one.state}[/]", one.name, escape(one.found) + mend)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print("Everything that is needed is here." if healthy else "Something that is needed is missing.")
    raise typer.Exit(0 if healthy else FAILED)
