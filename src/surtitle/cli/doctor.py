"""`surtitle doctor`: is everything here, and if not, what mends it."""

import asyncio
import json
import sys
from datetime import timedelta
from typing import Annotated, Any

import typer

doctor_app = typer.Typer(
    help="Check what is installed, what is missing and how to mend it.", invoke_without_command=True
)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


@doctor_app.callback()
def doctor(
    context: typer.Context,
    verify: Annotated[bool, typer.Option(help="Hash every file of every model, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check what is installed, what is missing and how to mend it. Asks nothing of the network.

    Exit code 1 when something that is needed is missing.
    """
    if context.invoked_subcommand is not None:
        return
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


@doctor_app.command()
def storage(
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be mended.")] = False,
    grace_hours: Annotated[
        float, typer.Option(min=1, help="Files younger than this may still be in the making.")
    ] = 24.0,
    as_json: AsJson = False,
) -> None:
    """Compare the store with the database: files that nobody refers to, and rows whose file is gone or cut
    short.

    --mend deletes the former, with parts of uploads that died, and forgets files of jobs that are gone. Lost
    recordings and transcripts are told: a backup has them. Exit code 1 while anything is wrong.
    """
    from surtitle.cli.asking import answered, write_json  # noqa: PLC0415
    from surtitle.cli.failures import FAILED  # noqa: PLC0415

    async def run(parts: Any) -> Any:
        from surtitle.media.inventory import Inventory  # noqa: PLC0415
        from surtitle.media.mending import Mending  # noqa: PLC0415

        scratch, grace = parts.settings.scratch_directory, timedelta(hours=grace_hours)
        inventory = Inventory(parts.database, parts.store, scratch, grace)
        return await Mending(parts.database, parts.store, inventory).run(mend=mend)

    done = answered(run)
    if as_json:
        left = [{"fault": one.fault, "key": one.key, "owner": one.owner} for one in done.left]
        write_json(
            {
                "found": dict(done.found), "mended": dict(done.mended), "bytes": done.found_bytes,
                "left": left, "left_count": done.left_count,
            }
        )  # fmt: skip
    else:
        _tell(done, mend=mend)
    raise typer.Exit(0 if done.is_well else FAILED)


_TOLD = {
    "orphan": "file(s) that no row names",
    "leftover": "part(s) of files whose writers died",
    "lost media": "recording(s) whose file is gone",
    "damaged media": "recording(s) whose file has another size than was written",
    "lost artifact": "file(s) of jobs that are gone",
    "damaged artifact": "file(s) of jobs of another size than was written",
    "lost revision": "document(s) of transcripts that are gone",
}


def _tell(done: Any, *, mend: bool) -> None:
    for kind, count in sorted(done.found.items()):
        mended = f", {done.mended.get(kind, 0)} mended" if mend else ""
        typer.echo(f"{count} {_TOLD.get(kind, kind)}{mended}")
    if done.found_bytes:
        typer.echo(f"{done.found_bytes} bytes {'were' if mend else 'can be'} freed.")
    for one in done.left:
        if mend or one.fault != "orphan":
            typer.echo(f"{one.fault}: {one.key}", err=True)
    if not done.found:
        typer.echo("Every file has its row, and every row its file.")
    elif done.is_well:
        typer.echo("All of it is mended.")
    elif mend:
        told = f"{done.left_count} need somebody: restore them from a backup, or delete what they belong to."
        typer.echo(told, err=True)
    else:
        typer.echo("surtitle doctor storage --mend mends what can be mended.", err=True)
