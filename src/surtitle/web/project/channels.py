"""`/app/projects/{project_id}/channels`: chat services that are told of a project's jobs."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field, SecretStr

from surtitle.api.access import MANAGES, Caller
from surtitle.api.dependencies import Address, Use
from surtitle.api.services import Services
from surtitle.errors import Invalid
from surtitle.notifications.channels import USUAL, NewChannel
from surtitle.notifications.events import Event
from surtitle.web.catalogues import mark as _
from surtitle.web.forms import FORM_TOKEN
from surtitle.web.project.frame import REFUSALS, Done, done_in, project_page
from surtitle.web.sentences import Refusal

router = APIRouter(prefix="/projects/{project_id}/channels", dependencies=[FORM_TOKEN, MANAGES])

_DONE = {
    "created": _("The channel is there. Test it to see whether messages arrive."),
    "tested": _("The message was taken."),
    "deleted": _("The channel is told of nothing any more."),
}

EVENT_NAMES = {
    Event.JOB_CREATED: _("A job was accepted"),
    Event.JOB_COMPLETED: _("A job is done"),
    Event.JOB_FAILED: _("A job failed"),
    Event.JOB_CANCELLED: _("A job was cancelled"),
    Event.QUOTA: _("What the project may use comes to its end"),
}


class ChannelForm(BaseModel):
    """A new channel. Its address holds keys, and is shown to nobody again."""

    name: Annotated[str, Field(max_length=200)] = ""
    url: Annotated[SecretStr, Field(max_length=2048)] = SecretStr("")
    events: list[Event] = []

    def wish(self) -> NewChannel:
        """Raises `Invalid` for one that would be told of nothing."""
        if not self.events:
            raise Invalid("Choose at least one event that the channel is told of.", field="events")
        return NewChannel(self.name, self.url.get_secret_value().strip(), self.events)


@router.get("")
async def show_channels(project_id: UUID, request: Request, use: Use, done: Done = "") -> Response:
    """All of them, and a form for another."""
    return await _channels(request, use, project_id, done=_DONE.get(done, ""))


@router.post("")
async def create_channel(
    *,
    project_id: UUID,
    form: Annotated[ChannelForm, Form()],
    request: Request,
    use: Use,
    caller: Caller,
    address: Address,
) -> Response:
    """Tell a chat service of the project's jobs. Nothing is sent yet."""
    try:
        await use.notifications.channels.create(caller, project_id, form.wish(), address)
    except REFUSALS as error:
        return await _channels(request, use, project_id, refusal=Refusal.of(error, "create"), form=form)
    return done_in(project_id, "/channels", "created")


@router.post("/{channel_id}/test")
async def send_test(project_id: UUID, channel_id: UUID, request: Request, use: Use) -> Response:
    """Send a message there now, and see whether it is taken."""
    try:
        await use.notifications.channels.test(project_id, channel_id)
    except REFUSALS as error:
        return await _channels(request, use, project_id, refusal=Refusal.of(error, "list"))
    return done_in(project_id, "/channels", "tested")


@router.post("/{channel_id}/delete")
async def delete_channel(
    project_id: UUID, channel_id: UUID, use: Use, caller: Caller, address: Address
) -> Response:
    """Tell it no more."""
    await use.notifications.channels.delete(caller, project_id, channel_id, address)
    return done_in(project_id, "/channels", "deleted")


async def _channels(
    request: Request, use: Services, project_id: UUID, *, form: ChannelForm | None = None, **shown: Any
) -> Response:
    return await project_page(
        request,
        project_id,
        "channels.html",
        channels=await use.notifications.channels.list(project_id),
        event_names=EVENT_NAMES,
        services=use.settings.channels.services,
        form=form or ChannelForm(events=list(USUAL)),
        **shown,
    )
