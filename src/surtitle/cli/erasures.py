"""`surtitle admin erasures`: who asked to be forgotten, and forgetting them again after a restore."""

from typing import Annotated, Any

import typer

from surtitle.cli.asking import answered, write_json

erasures_app = typer.Typer(help="List erasures, and do them again after a restore.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


@erasures_app.command("list")
def list_erasures(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many.")] = 50, as_json: AsJson = False
) -> None:
    """Show the newest erasures and what each erased."""
    page = answered(lambda parts: parts.data_protection.erasures.page(None, limit))
    _show(page.items, as_json=as_json)


@erasures_app.command()
def replay(as_json: AsJson = False) -> None:
    """Erase again whatever a restored database brought back. Run it after every restore, before serving."""
    _show(answered(_replayed), as_json=as_json)


async def _replayed(parts: Any) -> Any:
    done = await parts.data_protection.erasures.replay()
    await parts.voices.erasing.replay()
    return done


def _show(erasures: Any, *, as_json: bool) -> None:
    from surtitle.accounts.erasure import report_of  # noqa: PLC0415 - takes seconds

    documents = [
        {
            "id": str(one.id),
            "user_id": str(one.user_id),
            "mode": one.mode,
            "created_at": one.created_at.isoformat(),
            "finished_at": one.finished_at.isoformat() if one.finished_at else None,
            "erased": report_of(one),
        }
        for one in erasures
    ]
    if as_json:
        write_json({"items": documents})
        return
    for document in documents:
        state = "done" if document["finished_at"] else "waits for work to stop"
        counts = ", ".join(f"{count} {kind}" for kind, count in document["erased"].items()) or "nothing left"
        typer.echo(f"{document['created_at'][:16]}  {document['user_id']}  {state}: {counts}")
    if not documents:
        typer.echo("Nobody was erased.")
