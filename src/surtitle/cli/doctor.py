"""`surtitle doctor`: is everything here, and if not, what mends it."""

import asyncio
import json
import sys
from typing import Annotated

import typer


def doctor(
    verify: Annotated[bool, typer.Option(help="Hash every file of every model, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Check what is installed, what is missing and how to mend it. Asks nothing of the network.

    Exit code 1 when something that is needed is missing.
    """
    from surtitle.cli.checkup import State, examine  # noqa: PLC0415 - takes seconds
    from surtitle.cli.failures import FAILED  # noqa: PLC0415
    from surtitle.cli.findings import show_findings  # noqa: PLC0415
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
    conclusion = "Everything that is needed is here." if healthy else "Something that is needed is missing."
    show_findings(findings, conclusion)
    raise typer.Exit(0 if healthy else FAILED)
