"""`/api/projects/{project_id}/webhooks`: where a project's events are told."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from surtitle.api.access import MANAGES, Caller
from surtitle.api.dependencies import Address, Cursor, Limit, Use
from surtitle.api.native.webhook_schemas import (
    DeliveryDocument,
    DeliveryPage,
    IssuedWebhook,
    WebhookChangeRequest,
    WebhookDocument,
    WebhookList,
    WebhookRequest,
)
from surtitle.api.openapi import problems
from surtitle.webhooks.events import DeliveryState
from surtitle.webhooks.service import MOST_GRACE_SECONDS

router = APIRouter(tags=["webhooks"])

_HOOKS = "/api/projects/{project_id}/webhooks"
_HOOK = _HOOKS + "/{webhook_id}"
_DELIVERY = _HOOK + "/deliveries/{delivery_id}"
_NOT_KEPT = {"Cache-Control": "no-store"}

Grace = Annotated[
    int, Query(ge=0, le=MOST_GRACE_SECONDS, description="How long the old secret signs beside the new one.")
]
InState = Annotated[DeliveryState | None, Query(description="Only those in this state.")]


@router.post(_HOOKS, status_code=201, dependencies=[MANAGES], responses=problems(404, 409))
async def create_webhook(
    *, project_id: UUID, wish: WebhookRequest, response: Response, use: Use, caller: Caller, address: Address
) -> IssuedWebhook:
    """Make a webhook. Its secret is shown in this answer and nowhere else."""
    made = await use.webhooks.create(caller, project_id, wish.wish(), address)
    response.headers.update(
        {**_NOT_KEPT, "Location": f"/api/projects/{project_id}/webhooks/{made.webhook.id}"}
    )
    return IssuedWebhook.of_new(made)


@router.get(_HOOKS, dependencies=[MANAGES], responses=problems(404))
async def list_webhooks(project_id: UUID, use: Use) -> WebhookList:
    """The project's webhooks."""
    found = await use.webhooks.list(project_id)
    return WebhookList(items=[WebhookDocument.of(webhook) for webhook in found])


@router.get(_HOOK, dependencies=[MANAGES], responses=problems(404))
async def show_webhook(project_id: UUID, webhook_id: UUID, use: Use) -> WebhookDocument:
    """One webhook, and whether it fails."""
    return WebhookDocument.of(await use.webhooks.get(project_id, webhook_id))


@router.patch(_HOOK, dependencies=[MANAGES], responses=problems(404))
async def change_webhook(
    *,
    project_id: UUID,
    webhook_id: UUID,
    wish: WebhookChangeRequest,
    use: Use,
    caller: Caller,
    address: Address,
) -> WebhookDocument:
    """Rename it, send elsewhere, choose other events, disable or enable it."""
    changed = await use.webhooks.change(caller, project_id, webhook_id, wish.changes(), address)
    return WebhookDocument.of(changed)


@router.delete(_HOOK, status_code=204, dependencies=[MANAGES], responses=problems(404))
async def delete_webhook(
    project_id: UUID, webhook_id: UUID, use: Use, caller: Caller, address: Address
) -> None:
    """Delete it, with its deliveries; what waits is not sent."""
    await use.webhooks.delete(caller, project_id, webhook_id, address)


@router.post(_HOOK + "/rotate", status_code=201, dependencies=[MANAGES], responses=problems(404))
async def rotate_webhook_secret(
    *,
    project_id: UUID,
    webhook_id: UUID,
    response: Response,
    use: Use,
    caller: Caller,
    address: Address,
    grace_seconds: Grace = 86_400,
) -> IssuedWebhook:
    """A new secret. Until the grace is over, events are signed with both."""
    response.headers.update(_NOT_KEPT)
    return IssuedWebhook.of_new(
        await use.webhooks.rotate(caller, project_id, webhook_id, grace_seconds, address)
    )


@router.post(_HOOK + "/test", status_code=202, dependencies=[MANAGES], responses=problems(404))
async def test_webhook(project_id: UUID, webhook_id: UUID, response: Response, use: Use) -> DeliveryDocument:
    """Send `webhook.test`, once. The delivery tells how it went as soon as it has."""
    document = DeliveryDocument.of(await use.webhooks.test(project_id, webhook_id))
    response.headers["Location"] = document.links["self"]
    return document


@router.get(_HOOK + "/deliveries", dependencies=[MANAGES], responses=problems(404))
async def list_deliveries(
    *,
    project_id: UUID,
    webhook_id: UUID,
    use: Use,
    state: InState = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DeliveryPage:
    """What was delivered, what waits and what failed, with the answers."""
    return DeliveryPage.of(await use.webhooks.deliveries(project_id, webhook_id, cursor, limit, state))


@router.get(_DELIVERY, dependencies=[MANAGES], responses=problems(404))
async def show_delivery(project_id: UUID, webhook_id: UUID, delivery_id: UUID, use: Use) -> DeliveryDocument:
    """One delivery."""
    return DeliveryDocument.of(await use.webhooks.delivery(project_id, webhook_id, delivery_id))


@router.post(_DELIVERY + "/replay", status_code=202, dependencies=[MANAGES], responses=problems(404, 409))
async def replay_delivery(
    project_id: UUID, webhook_id: UUID, delivery_id: UUID, use: Use
) -> DeliveryDocument:
    """Send it again, with the same `webhook-id`, and a day of tries if need be."""
    return DeliveryDocument.of(await use.webhooks.replay(project_id, webhook_id, delivery_id))
