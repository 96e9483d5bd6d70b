"""`surtitle purge`: delete what is older than so many days."""

from typing import Annotated
from uuid import UUID

import typer

from surtitle.cli.asking import answered


def purge(
    older_than: Annotated[
        float, typer.Option("--older-than", min=0, max=36500, metavar="DAYS", help="Delete what is older.")
    ],
    project: Annotated[
        UUID | None, typer.Option(help="Only in this project; else in all.", show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Delete jobs that ended, recordings that no job uses, and transcripts nobody edited, by their age.

    Projects have settings of their own for this, which are heeded once a day without anybody asking.
    """
    done = answered(lambda parts: parts.data_protection.retention.purge(older_than, project, dry_run=dry_run))
    verb = "would be deleted" if dry_run else "deleted"
    told = [one for one in done if one.counts]
    for one in told:
        counts = ", ".join(f"{count} {kind}" for kind, count in sorted(one.counts.items()))
        typer.echo(f"project {one.project_id}: {counts} {verb}")
    if not told:
        typer.echo(f"Nothing is older than {older_than:g} days.")
