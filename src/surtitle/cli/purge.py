"""`surtitle purge`: delete what is older than so many days."""

from typing import Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json
from surtitle.domain.keeping import KeptKind


def purge(
    older_than: Annotated[
        float, typer.Option("--older-than", min=0, max=36500, metavar="DAYS", help="Delete what is older.")
    ],
    *,
    project: Annotated[
        UUID | None, typer.Option(help="Only in this project; else in all.", show_default=False)
    ] = None,
    kind: Annotated[
        list[KeptKind] | None, typer.Option(help="Only this kind, or several; else everything.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="With --dry-run: each single thing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Delete jobs that ended, recordings that no newer job uses, and transcripts nobody edited, by their age.

    What a job needs that waits or runs stays. Projects have rules of their own for this, which are heeded
    once a day without anybody asking.
    """
    if listed and (as_json or not dry_run):
        raise typer.BadParameter("--list goes with --dry-run, and without --json")
    kinds = tuple(kind or ())
    if listed:
        answered(lambda parts: _list(parts, older_than, project, kinds))
    done = answered(
        lambda parts: parts.data_protection.retention.purge(older_than, project, kinds=kinds, dry_run=dry_run)
    )
    told = [one for one in done if one.counts]
    if as_json:
        items = [
            {"project_id": str(one.project_id), "counts": dict(one.counts), "bytes": one.size_bytes}
            for one in told
        ]
        write_json({"dry_run": dry_run, "items": items})
        return
    verb = "would be deleted" if dry_run else "deleted"
    for one in told:
        counts = ", ".join(f"{count} {what}" for what, count in sorted(one.counts.items()))
        typer.echo(f"project {one.project_id}: {counts} {verb}, {one.size_bytes} bytes")
    if not told:
        typer.echo(f"Nothing is older than {older_than:g} days.")


async def _list(parts: Any, older_than: float, project: UUID | None, kinds: tuple[KeptKind, ...]) -> None:
    async for project_id, thing in parts.data_protection.retention.going(older_than, project, kinds):
        typer.echo(f"{project_id}  {thing.kind}  {thing.id}  {thing.size_bytes}  {thing.name}")
