"""`surtitle backup`: make, list, check and restore backups of the database and the files."""

import asyncio
from typing import Annotated, Any

import typer

from surtitle.cli.asking import answered, write_json

backup_app = typer.Typer(help="Make, list, verify and restore backups.", no_args_is_help=True)

Place = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Another place than SURTITLE_BACKUP__STORE_URL.", show_default=False),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="URL", help="Another place than SURTITLE_BACKUP__STORE_URL.", show_default=False
    ),
]
Name = Annotated[str, typer.Argument(metavar="[NAME]", help="As `backup list` shows it, or `latest`.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]


@backup_app.command()
def create(
    to: Place = None,
    full: Annotated[bool, typer.Option("--full", help="Send every file again, also those there.")] = False,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="Without a key: whoever gets it reads all of it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Back up the database and all files. Work goes on meanwhile; files that are there are not sent again.

    Exit code 1 when files were missing: the rest is in the backup all the same.
    """
    from surtitle.bootstrap.backups import create_backup, place_to_write  # noqa: PLC0415 - takes seconds
    from surtitle.cli.failures import FAILED  # noqa: PLC0415

    async def make(parts: Any) -> Any:
        place = place_to_write(parts.settings, to, unencrypted=unencrypted)
        return await create_backup(parts, place, full=full, tell=_tell)

    made = answered(make)
    manifest = made.manifest
    if as_json:
        write_json(_document(manifest) | {"sent_bytes": made.sent_bytes, "pruned": list(made.pruned)})
    else:
        typer.echo(
            f"{manifest.name}: {_rows(manifest)} rows and {manifest.objects} files ({manifest.size_bytes} "
            f"bytes), of which {made.sent_bytes} bytes were sent."
        )
        for name in made.pruned:
            typer.echo(f"{name} was older than it is kept, and went.")
    if manifest.missing_count:
        typer.echo(_of_missing(manifest.missing_count, manifest.missing), err=True)
        raise typer.Exit(FAILED)


@backup_app.command("list")
def list_backups(from_: From = None, as_json: AsJson = False) -> None:
    """Show the finished backups, the oldest first."""
    documents = asyncio.run(_listed(from_))
    if as_json:
        write_json({"items": documents})
        return
    for document in documents:
        key = f"key {document['key']}" if document["key"] else "not encrypted"
        if document["error"]:
            typer.echo(f"{document['name']}  {key}  cannot be read: {document['error']}")
            continue
        missing = f", {document['missing']} files missing" if document["missing"] else ""
        typer.echo(
            f"{document['name']}  {key}  {document['rows']} rows, {document['objects']} files, "
            f"{document['bytes']} bytes{missing}"
        )
    if not documents:
        typer.echo("There is no backup here.")


@backup_app.command()
def verify(
    name: Name = "latest",
    from_: From = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Of files only that they are there in full size.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a backup from end to end; exit code 1 when one byte of it is not what was written."""
    from surtitle.backups.checking import verify as verify_backup  # noqa: PLC0415 - takes seconds

    async def run() -> Any:
        place = _place(from_)
        return await verify_backup(place, await place.chosen(name), _tell, quick=quick)

    found = asyncio.run(run())
    if as_json:
        write_json(
            {
                "name": found.name, "made_at": found.made_at.isoformat(), "rows": found.rows,
                "objects": found.objects, "bytes": found.size_bytes, "missing": found.missing_count,
            }
        )  # fmt: skip
        return
    how = "there in full size" if quick else "as they were written"
    typer.echo(f"{found.name} is whole: {found.rows} rows, and {found.objects} files {how}.")
    if found.missing_count:
        typer.echo(f"{found.missing_count} files were missing when it was made.")


@backup_app.command()
def restore(
    name: Name = "latest",
    from_: From = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Into an installation that holds something: that is lost.")
    ] = False,
) -> None:
    """Put a backup into the installation that the settings name. Stop the server and all workers before.

    Everything is read and proven before anything changes. Who was erased since the backup was made is erased
    again.
    """
    from surtitle.bootstrap.backups import backup_place, restore_backup  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    settings = load_settings(quiet=True)
    done = asyncio.run(restore_backup(settings, backup_place(settings, from_), name, _tell, replace=replace))
    manifest, files = done.restored.manifest, done.restored.files
    typer.echo(f"{manifest.name}: {done.restored.rows} rows and {files.count} files are there again.")
    if files.already:
        typer.echo(f"{files.already} of the files were there already.")
    if done.erasures or done.purged:
        typer.echo(f"{done.erasures} erasures were done again, and {done.purged} things deleted by age.")
    if done.restored.set_aside is not None:
        typer.echo(f"The secret that was here before lies in {done.restored.set_aside}.")
    if manifest.missing_count:
        typer.echo(_of_missing(manifest.missing_count, manifest.missing), err=True)


@backup_app.command()
def key() -> None:
    """Make a key, and show it: it is kept nowhere. Keep it where the backups are not."""
    from surtitle.backups.keys import new_key  # noqa: PLC0415

    typer.echo(new_key())


async def _listed(from_: str | None) -> list[dict[str, Any]]:
    from surtitle.errors import SurtitleError  # noqa: PLC0415

    place, documents = _place(from_), []
    for name in await place.names():
        key_id, error, about = None, None, {}
        try:
            key_id = await place.key_of(name)
            about = _document(await place.manifest(name))
        except SurtitleError as fault:
            error = fault.message
        documents.append({"name": name, "key": key_id, "error": error, **about})
    return documents


def _place(url: str | None) -> Any:
    from surtitle.bootstrap.backups import backup_place  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    return backup_place(load_settings(quiet=True), url)


def _document(manifest: Any) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "made_at": manifest.made_at.isoformat(),
        "surtitle": manifest.surtitle,
        "schema": manifest.schema,
        "rows": _rows(manifest),
        "objects": manifest.objects,
        "bytes": manifest.size_bytes,
        "missing": manifest.missing_count,
    }


def _rows(manifest: Any) -> int:
    return sum(table.rows for table in manifest.tables)


def _of_missing(count: int, keys: Any) -> str:
    return (
        f"{count} files that the database knows were missing in the store or damaged, the first is "
        f"{keys[0]!r}. `surtitle doctor storage` tells of them."
    )


def _tell(news: str) -> None:
    typer.echo(news, err=True)
