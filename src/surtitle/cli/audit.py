"""`surtitle admin audit`: whether the audit trail is whole, and the trail as a file."""

import sys
from typing import Annotated, Any

import typer

from surtitle.cli.asking import answered
from surtitle.cli.failures import FAILED

audit_app = typer.Typer(help="Verify and export the audit trail.", no_args_is_help=True)


@audit_app.command()
def verify(
    known: Annotated[
        str | None,
        typer.Option(help="An end that an earlier run told (NUMBER:HASH): it must still be there."),
    ] = None,
) -> None:
    """Look at every event; exit code 1 and the first broken number when one was changed, cut or forged."""
    from surtitle.accounts.audit_verification import TrailEnd  # noqa: PLC0415 - takes seconds

    end = TrailEnd.parse(known) if known else None
    verdict = answered(lambda parts: parts.data_protection.verification.verify(end))
    if verdict.fault is not None:
        fault = verdict.fault
        sys.stderr.write(f"The trail is broken at event {fault.number} ({fault.kind}): {fault.detail}\n")
        raise typer.Exit(FAILED)
    typer.echo(f"The trail is whole: {verdict.events} events. It ends with {verdict.end}")
    sys.stderr.write(
        "Keep that end elsewhere: `--known` with it will show a trail that was cut back and sealed anew.\n"
    )


@audit_app.command()
def export(
    wanted_format: Annotated[str, typer.Option("--format", help="`csv` or `jsonl`.")] = "jsonl",
    action: Annotated[
        str | None, typer.Option(help="Only this action; `key.*` for all of a kind.", show_default=False)
    ] = None,
) -> None:
    """Write the trail to standard output, the oldest event first."""
    from surtitle.accounts.audit_export import AuditFormat, written_out  # noqa: PLC0415
    from surtitle.accounts.audit_reading import AuditFilter  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415

    if wanted_format not in set(AuditFormat):
        raise Invalid(f"There is no format {wanted_format[:40]!r}; there are {', '.join(AuditFormat)}.")

    async def write(parts: Any) -> None:
        entries = parts.data_protection.trail.stream(AuditFilter(action))
        async for line in written_out(entries, AuditFormat(wanted_format)):
            sys.stdout.buffer.write(line)

    answered(write)
