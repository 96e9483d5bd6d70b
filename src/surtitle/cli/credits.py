"""`surtitle admin grant-credits`: what a project pays its work with."""

from typing import Annotated, Any

import typer

from surtitle.cli.asking import answered


def grant_credits(
    project: Annotated[str, typer.Argument(metavar="PROJECT", help="Its id or name.", show_default=False)],
    amount: Annotated[
        float,
        typer.Argument(
            metavar="AMOUNT",
            help="One is a minute of sound recognised. Below 0 (after `--`) it takes some back.",
            show_default=False,
        ),
    ],
    reason: Annotated[str, typer.Option(help="For the list of movements, which the project sees.")] = "grant",
) -> None:
    """Grant a project credits."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415 - takes seconds

    async def grant(parts: Any) -> Any:
        found = await parts.accounts.people.projects.named(project)
        return await parts.credits.grant(OWNER_OF_MACHINE, found.id, amount, reason, None)

    _entry, balance = answered(grant)
    typer.echo(f"The project has {balance:g} credits.")
