"""`surtitle notifications`: what was mailed and told, what failed, and trying it again."""

import enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.db.notification_models import OutboxLetter

notifications_app = typer.Typer(help="Show, retry and test mails and messages.", no_args_is_help=True)


class State(enum.StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


AsJson = Annotated[bool, typer.Option("--json", help="As JSON on standard output.")]


@notifications_app.command("list")
def list_letters(
    state: Annotated[State | None, typer.Option(help="Only those.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the newest mails and messages, and why one failed. Whom they are for is not shown."""
    letters = answered(lambda parts: parts.notifications.outbox.newest(state and str(state), limit))
    if as_json:
        write_json({"items": [_as_json(letter) for letter in letters]})
        return
    for letter in letters:
        # In columns, but whole: `retry` wants the id, and a reason is of no use cut short.
        told = f"{letter.channel:8}{letter.kind:16}{letter.state:8}{letter.attempts:3}  {letter.reason or ''}"
        typer.echo(f"{letter.id}  {letter.created_at:%Y-%m-%d %H:%M}  {told}".rstrip())
    if not letters:
        typer.echo("There is nothing.")


@notifications_app.command()
def retry(
    letter_id: Annotated[UUID | None, typer.Argument(metavar="[ID]", show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that failed.")] = False,
) -> None:
    """Try again what failed: one, or all. A server or worker sends it."""
    if (letter_id is None) is not everything:
        raise typer.BadParameter("name a letter, or give --all")
    count = answered(lambda parts: parts.notifications.outbox.retry(letter_id))
    typer.echo(f"{count} to be tried again.")


@notifications_app.command("test")
def send_test(
    to: Annotated[str, typer.Option(help="Whom to write to.", show_default=False)],
    language: Annotated[str | None, typer.Option(help="en, fr or es.", show_default=False)] = None,
) -> None:
    """Send a mail now, and say whether the server took it."""
    from surtitle.accounts.emails import as_written, canonical  # noqa: PLC0415 - takes seconds
    from surtitle.notifications.mailing import NotSent  # noqa: PLC0415

    canonical(to)
    try:
        answered(lambda parts: parts.notifications.send_test(as_written(to), language))
    except NotSent as fault:
        typer.echo(f"It was not taken: {fault.reason}.", err=True)
        raise typer.Exit(1) from None
    typer.echo("The server took it.")


def _as_json(letter: "OutboxLetter") -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "channel": letter.channel,
        "kind": letter.kind,
        "state": letter.state,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "created_at": letter.created_at.isoformat(),
        "settled_at": letter.settled_at.isoformat() if letter.settled_at else None,
    }
