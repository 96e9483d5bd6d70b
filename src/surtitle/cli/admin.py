"""`surtitle admin`: accounts and keys, for whoever runs the machine. No password is asked of them."""

import secrets
import sys
from typing import Annotated, Any

import typer

from surtitle.cli.asking import answered
from surtitle.cli.audit import audit_app
from surtitle.cli.credits import grant_credits
from surtitle.cli.erasures import erasures_app

admin_app = typer.Typer(help="Make accounts, set passwords, change signing keys.", no_args_is_help=True)
admin_app.command("grant-credits")(grant_credits)
admin_app.add_typer(audit_app, name="audit")
admin_app.add_typer(erasures_app, name="erasures")

_PASSWORD_BYTES = 18

Email = Annotated[str, typer.Argument(metavar="EMAIL", show_default=False)]
RoleName = Annotated[str, typer.Option(help="user, support (reads everything) or admin.", metavar="ROLE")]
Generate = Annotated[
    bool, typer.Option("--generate", help="Make a password up and show it once, instead of asking for one.")
]


@admin_app.command("create-user")
def create_user(email: Email, role: RoleName = "user", generate: Generate = False) -> None:
    """Make an account. The password is asked for, or read from standard input.

    The first administrator also becomes the owner of what a personal installation has kept.
    """
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415 - takes seconds

    chosen, password = _role(role), _password(generate=generate)

    async def create(parts: Any) -> Any:
        return await parts.accounts.people.users.create(OWNER_OF_MACHINE, email, password, chosen, None)

    user = answered(create)
    typer.echo(f"{user.email} is a user with the role {user.role}.")
    _show(password, generate=generate)


@admin_app.command("reset-password")
def reset_password(email: Email, generate: Generate = False) -> None:
    """Set somebody's password, and sign them out everywhere."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    password = _password(generate=generate)

    async def reset(parts: Any) -> Any:
        user = await parts.accounts.people.users.named(email)
        await parts.accounts.people.users.set_password(OWNER_OF_MACHINE, user.id, password, None)
        return user

    typer.echo(f"{answered(reset).email} has a new password and is signed out everywhere.")
    _show(password, generate=generate)


@admin_app.command("set-role")
def set_role(
    email: Email,
    role: Annotated[str, typer.Argument(help="user, support (reads everything) or admin.", metavar="ROLE")],
) -> None:
    """Give somebody another role."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    chosen = _role(role)

    async def change(parts: Any) -> Any:
        user = await parts.accounts.people.users.named(email)
        return await parts.accounts.people.users.set_role(OWNER_OF_MACHINE, user.id, chosen, None)

    user = answered(change)
    typer.echo(f"{user.email} has the role {user.role}.")


@admin_app.command("rotate-keys")
def rotate_keys() -> None:
    """Sign access tokens with a new key from now on. Nobody is signed out."""
    from surtitle.accounts.audit import Deed  # noqa: PLC0415

    async def rotate(parts: Any) -> Any:
        kid = await parts.accounts.tokens.rotate()
        await parts.accounts.audit.tell(
            Deed("signing-key.rotated", object_kind="signing-key", object_id=kid, system=True)
        )
        return kid

    typer.echo(f"New access tokens are signed with the key {answered(rotate)}.")


def _role(name: str) -> Any:
    from surtitle.accounts.access import Role  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415

    try:
        return Role(name)
    except ValueError:
        raise Invalid(f"There is no role {name[:40]!r}; there are {', '.join(Role)}.") from None


def _password(*, generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(_PASSWORD_BYTES)
    if sys.stdin.isatty():
        asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return asked
    return sys.stdin.readline().rstrip("\r\n")


def _show(password: str, *, generate: bool) -> None:
    if generate:
        typer.echo(f"The password, shown this once: {password}")
