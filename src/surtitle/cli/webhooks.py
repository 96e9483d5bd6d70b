"""`surtitle webhooks`: where a project's events are told."""

import sys
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.db.webhook_models import Webhook, WebhookDelivery
    from surtitle.paging import Page
    from surtitle.webhooks.events import WebhookEvent
    from surtitle.webhooks.service import NewSecret

webhooks_app = typer.Typer(help="Tell other servers of a project's events.", no_args_is_help=True)

OfProject = Annotated[
    str | None,
    typer.Option("--project", help="Only of this project, by its id or name.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Hook = Annotated[UUID, typer.Argument(metavar="WEBHOOK", help="The webhook's id.", show_default=False)]


@webhooks_app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.", show_default=False)],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are sent.", show_default=False)],
    event: Annotated[
        list[str] | None,
        typer.Option(help="job.succeeded, job.failed, …; those two if left out.", show_default=False),
    ] = None,
    project: Annotated[
        str | None,
        typer.Option(help="Its id or name; the personal one if left out.", show_default=False),
    ] = None,
) -> None:
    """Make a webhook. Its secret is written to standard output, and shown nowhere else."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415
    from surtitle.cli.belonging import project_called  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415
    from surtitle.webhooks.service import WebhookWish  # noqa: PLC0415

    wish = WebhookWish(name, url, _events(event or ["job.succeeded", "job.failed"]))

    async def made(parts: Any) -> "NewSecret":
        project_id = await project_called(parts, project) if project else PERSONAL_PROJECT
        new: NewSecret = await parts.webhooks.service.create(OWNER_OF_MACHINE, project_id, wish, None)
        return new

    new = answered(made)
    typer.echo(new.secret)
    sys.stderr.write(f"Webhook {new.webhook.id} is made. Keep its secret now: it cannot be shown again.\n")


@webhooks_app.command("list")
def list_webhooks(project: OfProject = None, as_json: AsJson = False) -> None:
    """Show the webhooks of all projects or of one, and which of them fail."""
    from surtitle.cli.belonging import project_called  # noqa: PLC0415
    from surtitle.db.models import PERSONAL_PROJECT  # noqa: PLC0415

    async def listed(parts: Any) -> "list[tuple[Webhook, str]]":
        wanted = await project_called(parts, project) if project else None
        everybodys = await parts.webhooks.service.everybodys()
        return [one for one in everybodys if wanted in {None, one[0].project_id}]

    webhooks = answered(listed)
    if as_json:
        write_json({"items": [_webhook_json(webhook) for webhook, _ in webhooks]})
        return
    others = any(webhook.project_id != PERSONAL_PROJECT for webhook, _ in webhooks)
    for webhook, of_project in webhooks:
        typer.echo(
            f"{webhook.id}  {f'{of_project}  ' if others else ''}{webhook.name}  {webhook.url}  "
            f"{','.join(webhook.events)}{_standing(webhook)}"
        )


@webhooks_app.command()
def deliveries(
    webhook: Hook,
    *,
    project: OfProject = None,
    state: Annotated[
        str | None, typer.Option(help="pending, succeeded or failed.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[
        str | None, typer.Option(help="Where the page before ended.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was sent to a webhook, the newest first."""
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.webhooks.events import DeliveryState  # noqa: PLC0415

    try:
        wanted = DeliveryState(state) if state else None
    except ValueError:
        raise Invalid(f"--state is one of: {', '.join(DeliveryState)}.") from None

    async def listed(parts: Any) -> "Page[WebhookDelivery]":
        project_id = await _project_id(parts, webhook, project)
        page: Page[WebhookDelivery] = await parts.webhooks.service.deliveries(
            project_id, webhook, cursor, limit, wanted
        )
        return page

    page = answered(listed)
    if as_json:
        write_json({"items": [_delivery_json(one) for one in page.items], "next_cursor": page.next_cursor})
        return
    for one in page.items:
        typer.echo(f"{one.id}  {one.at:%Y-%m-%d %H:%M:%S}  {one.event}  {one.state}{_last_try(one)}")
    if page.next_cursor:
        sys.stderr.write(f"There are more: --cursor {page.next_cursor}\n")


@webhooks_app.command("test")
def send_test(webhook: Hook, project: OfProject = None) -> None:
    """Send a webhook an event that means nothing, from here and now, and say how that went."""
    from surtitle.errors import Unavailable  # noqa: PLC0415

    async def tested(parts: Any) -> "WebhookDelivery":
        service = parts.webhooks.service
        project_id = await _project_id(parts, webhook, project)
        delivery = await service.test(project_id, webhook)
        await parts.webhooks.deliverer.deliver_one(delivery.id)
        told: WebhookDelivery = await service.delivery(project_id, webhook, delivery.id)
        return told

    delivery = answered(tested)
    if delivery.state == "failed":
        raise Unavailable(f"The test was not taken:{_last_try(delivery)}")
    typer.echo(f"{delivery.id}: {delivery.state}{_last_try(delivery)}")


@webhooks_app.command()
def replay(
    webhook: Hook,
    delivery: Annotated[
        UUID, typer.Argument(metavar="DELIVERY", help="The delivery's id.", show_default=False)
    ],
    project: OfProject = None,
) -> None:
    """Have a delivery sent again; a worker does it."""

    async def replayed(parts: Any) -> None:
        await parts.webhooks.service.replay(await _project_id(parts, webhook, project), webhook, delivery)

    answered(replayed)
    typer.echo(f"{delivery}: waits to be sent again")


@webhooks_app.command()
def rotate(
    webhook: Hook,
    project: OfProject = None,
    grace_hours: Annotated[
        float, typer.Option(min=0, max=168, help="How long the old secret signs beside the new one.")
    ] = 24,
) -> None:
    """Make a new secret. It is written to standard output, and shown nowhere else."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    async def rotated(parts: Any) -> "NewSecret":
        project_id = await _project_id(parts, webhook, project)
        seconds = int(grace_hours * 3600)
        new: NewSecret = await parts.webhooks.service.rotate(
            OWNER_OF_MACHINE, project_id, webhook, seconds, None
        )
        return new

    typer.echo(answered(rotated).secret)


@webhooks_app.command()
def enable(webhook: Hook, project: OfProject = None) -> None:
    """Send events there again."""
    _switch(webhook, project, on=True)


@webhooks_app.command()
def disable(webhook: Hook, project: OfProject = None) -> None:
    """Send nothing there; what waits is given up."""
    _switch(webhook, project, on=False)


@webhooks_app.command()
def delete(webhook: Hook, project: OfProject = None) -> None:
    """Delete a webhook, with the log of its deliveries."""
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    async def deleted(parts: Any) -> None:
        project_id = await _project_id(parts, webhook, project)
        await parts.webhooks.service.delete(OWNER_OF_MACHINE, project_id, webhook, None)

    answered(deleted)
    typer.echo(f"{webhook}: deleted")


def _switch(webhook: UUID, project: str | None, *, on: bool) -> None:
    from surtitle.accounts.access import OWNER_OF_MACHINE  # noqa: PLC0415

    async def switched(parts: Any) -> None:
        project_id = await _project_id(parts, webhook, project)
        await parts.webhooks.service.change(OWNER_OF_MACHINE, project_id, webhook, {"enabled": on}, None)

    answered(switched)
    typer.echo(f"{webhook}: {'enabled' if on else 'disabled'}")


async def _project_id(parts: Any, webhook: UUID, project: str | None) -> UUID:
    from surtitle.cli.belonging import project_called, project_of_webhook  # noqa: PLC0415

    if project is None:
        return await project_of_webhook(parts, webhook)
    return await project_called(parts, project)


def _events(names: list[str]) -> "frozenset[WebhookEvent]":
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.webhooks.events import CHOSEN, WebhookEvent  # noqa: PLC0415

    try:
        return frozenset(WebhookEvent(name) for name in names)
    except ValueError as error:
        raise Invalid(f"Events are {', '.join(sorted(CHOSEN))}; {error}.") from None


def _standing(webhook: "Webhook") -> str:
    if webhook.disabled_at is not None:
        return f"  (disabled: {webhook.disabled_why})"
    return f"  ({webhook.failures} failures in a row)" if webhook.failures else ""


def _last_try(delivery: "WebhookDelivery") -> str:
    if not delivery.log:
        return ""
    last = delivery.log[-1]
    return f"  {last['error'] or last['status']} ({last['seconds']:g} s)"


def _webhook_json(webhook: "Webhook") -> dict[str, Any]:
    return {
        "id": str(webhook.id),
        "project_id": str(webhook.project_id),
        "name": webhook.name,
        "url": webhook.url,
        "events": webhook.events,
        "enabled": webhook.disabled_at is None,
        "disabled_why": webhook.disabled_why,
        "failures": webhook.failures,
        "created_at": webhook.created_at.isoformat(),
    }


def _delivery_json(delivery: "WebhookDelivery") -> dict[str, Any]:
    return {
        "id": str(delivery.id),
        "event": delivery.event,
        "state": delivery.state,
        "at": delivery.at.isoformat(),
        "attempts": delivery.log,
    }
