"""`surtitle artifacts`: links to the files that jobs made."""

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.accounts.links import SignedLink

artifacts_app = typer.Typer(help="Make links to the files of jobs.", no_args_is_help=True)

_HOUR_SECONDS = 3600
_WEEK_SECONDS = 7 * 24 * 3600


@artifacts_app.callback()
def _artifacts() -> None:
    """Keeps `reissue` a command of its own, as long as it is the only one."""


@artifacts_app.command()
def reissue(
    job: Annotated[UUID, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)],
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One file; all of them if left out.")
    ] = None,
    expires_in: Annotated[
        int, typer.Option(min=1, max=_WEEK_SECONDS, help="For how many seconds the links work.")
    ] = _HOUR_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Make new links to what a job made, in place of those that have expired."""
    links: dict[str, SignedLink] = answered(lambda parts: _signed(parts, job, name, expires_in))
    base = _base()
    if as_json:
        items = [
            {"name": file, "url": base + link.path, "expires_at": link.expires_at.isoformat()}
            for file, link in links.items()
        ]
        write_json({"items": items})
        return
    for file, link in links.items():
        typer.echo(f"{file}\t{base}{link.path}")


async def _signed(parts: Any, job: UUID, name: str | None, seconds: int) -> "dict[str, SignedLink]":
    from surtitle.accounts.audit import Deed  # noqa: PLC0415 - takes seconds
    from surtitle.cli.belonging import project_of_job  # noqa: PLC0415

    project = await project_of_job(parts, job)
    if name is None:
        artifacts = (await parts.jobs.get(project, job)).artifacts
    else:
        artifacts = [await parts.jobs.artifact(project, job, name)]
    links = {
        artifact.name: parts.accounts.links.sign(artifact.id, artifact.name, seconds)
        for artifact in artifacts
    }
    detail = {"names": sorted(links), "seconds": seconds}
    await parts.accounts.audit.tell(
        Deed("link.created", object_kind="job", object_id=job, project_id=project, detail=detail, system=True)
    )
    return links


def _base() -> str:
    """How people reach the server; without `server.public_url`, how this machine does."""
    from surtitle.config import Settings  # noqa: PLC0415

    server = Settings().server
    return server.public_url or f"http://localhost:{server.port}"
