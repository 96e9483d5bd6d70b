"""`surtitle projects` and `surtitle keys`: tenants, and what programs work in them with."""

import sys
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.accounts.api_keys import NewKey
    from surtitle.accounts.projects import SeenProject
    from surtitle.db.account_models import ApiKey, Project
    from surtitle.paging import Page

projects_app = typer.Typer(help="List, create and archive projects.", no_args_is_help=True)
keys_app = typer.Typer(help="Create, list and revoke keys of a project.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="How many.")]
Cursor = Annotated[str | None, typer.Option(help="`next_cursor` of the page before.", show_default=False)]
InProject = Annotated[str, typer.Option("--project", help="The project's id or name.", show_default=False)]


@projects_app.command("list")
def list_projects(limit: Limit = 50, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """Show everybody's projects, the newest first."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415 - takes seconds

    page: Page[SeenProject] = answered(
        lambda parts: parts.accounts.people.projects.page(OWNER_OF_MACHINE, cursor, limit, everybodys=True)
    )
    if as_json:
        items = [_project_json(seen.project) for seen in page.items]
        write_json({"items": items, "next_cursor": page.next_cursor})
        return
    for seen in page.items:
        archived = "  (archived)" if seen.project.archived_at else ""
        typer.echo(f"{seen.project.id}  {seen.project.name}{archived}")
    _tell_of_more(page)


@projects_app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False)],
    owner: Annotated[str, typer.Option(help="The e-mail of whose it is to be.", show_default=False)],
) -> None:
    """Make a project for somebody who has an account."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    async def made(parts: Any) -> UUID:
        user = await parts.accounts.people.users.named(owner)
        seen = await parts.accounts.people.projects.create_for(OWNER_OF_MACHINE, user.id, name, None)
        return UUID(str(seen.project.id))

    typer.echo(str(answered(made)))


@projects_app.command()
def archive(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="Its id or name.", show_default=False)],
) -> None:
    """Make a project read-only. A server that runs heeds it within five seconds."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    async def archived(parts: Any) -> UUID:
        found: Project = await parts.accounts.people.projects.named(project)
        await parts.accounts.people.projects.archive(OWNER_OF_MACHINE, found.id, None)
        return found.id

    typer.echo(f"{answered(archived)}: archived")


@keys_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    project: InProject,
    scope: Annotated[
        list[str] | None, typer.Option(help="read, write, delete; all if left out.", show_default=False)
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="How long it works; for ever if left out.")
    ] = None,
) -> None:
    """Make a key. It is written to standard output, and shown nowhere else."""
    from datetime import timedelta  # noqa: PLC0415

    from surtitle.accounts.access import KEY_SCOPES, OWNER_OF_MACHINE, Permission  # noqa: PLC0415
    from surtitle.clock import utc_now  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415

    try:
        scopes = frozenset(Permission(one) for one in scope) if scope else KEY_SCOPES
    except ValueError as error:
        raise Invalid(f"A key's scopes are {', '.join(sorted(KEY_SCOPES))}; {error}.") from None
    expires_at = utc_now() + timedelta(days=days) if days else None

    async def made(parts: Any) -> "NewKey":
        found = await parts.accounts.people.projects.named(project)
        new: NewKey = await parts.accounts.people.api_keys.create(
            OWNER_OF_MACHINE, found.id, name, scopes=scopes, expires_at=expires_at, address=None
        )
        return new

    new = answered(made)
    typer.echo(new.key)
    sys.stderr.write(f"Key {new.row.id} is made. Keep it now: it cannot be shown again.\n")


@keys_app.command("list")
def list_keys(project: InProject, limit: Limit = 50, cursor: Cursor = None, as_json: AsJson = False) -> None:
    """Show a project's keys, the newest first."""

    async def listed(parts: Any) -> "Page[ApiKey]":
        found = await parts.accounts.people.projects.named(project)
        page: Page[ApiKey] = await parts.accounts.people.api_keys.page(found.id, cursor, limit)
        return page

    page = answered(listed)
    if as_json:
        write_json({"items": [_key_json(row) for row in page.items], "next_cursor": page.next_cursor})
        return
    for row in page.items:
        revoked = "  (revoked)" if row.revoked_at else ""
        typer.echo(f"{row.id}  {row.prefix}…  {row.name}  {','.join(row.scopes)}{revoked}")
    _tell_of_more(page)


@keys_app.command("revoke")
def revoke_key(
    key: Annotated[UUID, typer.Argument(metavar="KEY", help="The key's id.", show_default=False)],
    project: InProject,
) -> None:
    """Revoke a key. A server that runs heeds it within five seconds."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    async def revoked(parts: Any) -> None:
        found = await parts.accounts.people.projects.named(project)
        await parts.accounts.people.api_keys.revoke(OWNER_OF_MACHINE, found.id, key, None)

    answered(revoked)
    typer.echo(f"{key}: revoked")


def _tell_of_more(page: "Page[Any]") -> None:
    if page.next_cursor:
        sys.stderr.write(f"There are more: --cursor {page.next_cursor}\n")


def _project_json(project: "Project") -> dict[str, Any]:
    return {
        "id": str(project.id),
        "name": project.name,
        "archived_at": project.archived_at.isoformat() if project.archived_at else None,
        "created_at": project.created_at.isoformat(),
    }


def _key_json(row: "ApiKey") -> dict[str, Any]:
    moments = ("expires_at", "last_used_at", "revoked_at", "created_at")
    return {
        "id": str(row.id),
        "name": row.name,
        "prefix": row.prefix,
        "scopes": row.scopes,
        **{name: moment.isoformat() if (moment := getattr(row, name)) else None for name in moments},
    }
