"""`/app/projects/{project_id}/webhooks`: where a project's events are told, and how each delivery went."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from surtitle.api.access import MANAGES, Caller
from surtitle.api.dependencies import Address, Cursor, Use
from surtitle.api.native.webhook_schemas import DeliveryDocument, WebhookDocument
from surtitle.api.services import Services
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import REFUSALS, Done, done_in, project_page
from surtitle.web.sentences import Refusal
from surtitle.webhooks.events import DeliveryState, WebhookEvent
from surtitle.webhooks.service import MOST_GRACE_SECONDS, NewSecret, WebhookChanges, WebhookWish

router = APIRouter(prefix="/projects/{project_id}/webhooks", dependencies=[FORM_TOKEN, MANAGES])

_ON_A_PAGE = 20
_MOST_ADDRESS_CHARACTERS = 4096
_DONE = {
    "changed": _("The webhook is changed."),
    "deleted": _("The webhook is deleted."),
    "tested": _("A test is on its way. Load the page again to see how it went."),
    "replayed": _("It is sent again. Load the page again to see how it went."),
    "on": _("The webhook is told of events again."),
    "off": _("The webhook is told of nothing any more."),
}

EVENT_NAMES = {
    WebhookEvent.JOB_CREATED: _("A job was accepted"),
    WebhookEvent.JOB_SUCCEEDED: _("A job is done"),
    WebhookEvent.JOB_FAILED: _("A job failed"),
    WebhookEvent.JOB_CANCELLED: _("A job was cancelled"),
    WebhookEvent.TRANSCRIPT_REVISED: _("A transcript was corrected"),
}
DELIVERY_EVENT_NAMES = {**EVENT_NAMES, WebhookEvent.TEST: _("A test")}
STATE_NAMES = {
    DeliveryState.PENDING: _("Waiting"),
    DeliveryState.SUCCEEDED: _("Delivered"),
    DeliveryState.FAILED: _("Failed"),
}
DISABLED_WHY = {
    "person": _("Switched off by a person."),
    "failing": _("Switched off because it failed for too long."),
    "gone": _("Switched off because its server answered that it is gone (410)."),
}
GRACES = {
    0: _("At once"),
    86_400: _("After a day"),
    MOST_GRACE_SECONDS: _("After a week"),
}
"""When the former secret ceases to sign, in seconds."""


class WebhookForm(BaseModel):
    """A webhook, new or changed."""

    name: Annotated[str, Field(max_length=200)] = ""
    url: Annotated[str, Field(max_length=_MOST_ADDRESS_CHARACTERS)] = ""
    events: list[WebhookEvent] = []

    def wish(self) -> WebhookWish:
        return WebhookWish(self.name, self.url.strip(), self.events)

    def changes(self) -> WebhookChanges:
        return WebhookChanges(name=self.name, url=self.url.strip(), events=self.events)


class RotationForm(BaseModel):
    """How long the former secret signs beside the new one."""

    grace_seconds: Annotated[int, Field(ge=0, le=MOST_GRACE_SECONDS)] = 86_400


class SwitchForm(BaseModel):
    """On or off."""

    enabled: bool


@router.get("")
async def show_webhooks(project_id: UUID, request: Request, use: Use, done: Done = "") -> Response:
    """All of them, and a form for another."""
    return await _webhooks(request, use, project_id, done=_DONE.get(done, ""))


@router.post("")
async def create_webhook(
    *,
    project_id: UUID,
    form: Annotated[WebhookForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """Make one, and show its secret this once."""
    try:
        made = await use.webhooks.create(caller, project_id, form.wish(), address)
    except REFUSALS as error:
        return await _webhooks(request, use, project_id, refusal=Refusal.of(error, "create"), form=form)
    return await _shown_once(request, project_id, made)


@router.get("/{webhook_id}")
async def show_webhook(
    *, project_id: UUID, webhook_id: UUID, request: Request, use: Use, cursor: Cursor = None, done: Done = ""
) -> Response:
    """One, with its deliveries."""
    return await _webhook(request, use, project_id, webhook_id, cursor=cursor, done=_DONE.get(done, ""))


@router.post("/{webhook_id}")
async def change_webhook(
    *,
    project_id: UUID,
    webhook_id: UUID,
    form: Annotated[WebhookForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """Rename it, send elsewhere, choose other events."""
    try:
        await use.webhooks.change(caller, project_id, webhook_id, form.changes(), address)
    except REFUSALS as error:
        refusal = Refusal.of(error, "change")
        return await _webhook(request, use, project_id, webhook_id, refusal=refusal, form=form)
    return _done_at(project_id, webhook_id, "changed")


@router.post("/{webhook_id}/switch")
async def switch_webhook(
    *,
    project_id: UUID,
    webhook_id: UUID,
    form: Annotated[SwitchForm, Form()],
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """On or off; one that is switched on begins anew."""
    changes = WebhookChanges(enabled=form.enabled)
    await use.webhooks.change(caller, project_id, webhook_id, changes, address)
    return _done_at(project_id, webhook_id, "on" if form.enabled else "off")


@router.post("/{webhook_id}/rotate")
async def rotate_secret(
    *,
    project_id: UUID,
    webhook_id: UUID,
    form: Annotated[RotationForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """A new secret, shown this once."""
    made = await use.webhooks.rotate(caller, project_id, webhook_id, form.grace_seconds, address)
    return await _shown_once(request, project_id, made)


@router.post("/{webhook_id}/test")
async def send_test(project_id: UUID, webhook_id: UUID, use: Use) -> Response:
    """Send an event that means nothing."""
    await use.webhooks.test(project_id, webhook_id)
    return _done_at(project_id, webhook_id, "tested")


@router.post("/{webhook_id}/delete")
async def delete_webhook(
    project_id: UUID, webhook_id: UUID, use: Use, caller: Caller, address: Address
) -> Response:
    """With its deliveries; what waits is not sent."""
    await use.webhooks.delete(caller, project_id, webhook_id, address)
    return done_in(project_id, "/webhooks", "deleted")


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay")
async def replay_delivery(
    project_id: UUID, webhook_id: UUID, delivery_id: UUID, request: Request, use: Use
) -> Response:
    """Send it again."""
    try:
        await use.webhooks.replay(project_id, webhook_id, delivery_id)
    except REFUSALS as error:
        return await _webhook(request, use, project_id, webhook_id, refusal=Refusal.of(error, "replay"))
    return _done_at(project_id, webhook_id, "replayed")


def _done_at(project_id: UUID, webhook_id: UUID, done: str) -> Response:
    return done_in(project_id, f"/webhooks/{webhook_id}", done)


async def _shown_once(request: Request, project_id: UUID, made: NewSecret) -> Response:
    return await project_page(
        request, project_id, "webhook_made.html", webhook=made.webhook, secret=made.secret
    )


async def _webhooks(
    request: Request, use: Services, project_id: UUID, *, form: WebhookForm | None = None, **shown: Any
) -> Response:
    found = await use.webhooks.list(project_id)
    return await project_page(
        request,
        project_id,
        "webhooks.html",
        webhooks=[WebhookDocument.of(one) for one in found],
        event_names=EVENT_NAMES,
        form=form or WebhookForm(events=[WebhookEvent.JOB_SUCCEEDED, WebhookEvent.JOB_FAILED]),
        **shown,
    )


async def _webhook(
    request: Request,
    use: Services,
    project_id: UUID,
    webhook_id: UUID,
    *,
    cursor: str | None = None,
    form: WebhookForm | None = None,
    **shown: Any,
) -> Response:
    webhook = WebhookDocument.of(await use.webhooks.get(project_id, webhook_id))
    listed = await use.webhooks.deliveries(project_id, webhook_id, cursor, _ON_A_PAGE)
    return await project_page(
        request,
        project_id,
        "webhook.html",
        webhook=webhook,
        deliveries=[DeliveryDocument.of(one) for one in listed.items],
        next_cursor=listed.next_cursor,
        event_names=EVENT_NAMES,
        delivery_event_names=DELIVERY_EVENT_NAMES,
        state_names=STATE_NAMES,
        disabled_why=DISABLED_WHY,
        graces=GRACES,
        form=form or WebhookForm(name=webhook.name, url=webhook.url, events=webhook.events),
        **shown,
    )
