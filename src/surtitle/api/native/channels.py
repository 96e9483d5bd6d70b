"""`/api/projects/{project_id}/channels`: chat services that are told of a project's jobs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from surtitle.api.access import ADMINISTERS, MANAGES, Administers, Caller
from surtitle.api.dependencies import Address, Use
from surtitle.api.native.project_schemas import Name
from surtitle.api.native.schemas import Document
from surtitle.api.openapi import problems
from surtitle.db.notification_models import Channel
from surtitle.notifications.channels import USUAL, NewChannel
from surtitle.notifications.events import Event

router = APIRouter(tags=["notifications"])

_HERE = "/api/projects/{project_id}/channels"
_EVERYWHERE = "/api/admin/channels"
_EVENTS = "What the channel is told of."

Events = Annotated[list[Event], Field(min_length=1, max_length=len(Event), description=_EVENTS)]


class ChannelRequest(BaseModel):
    """A new channel. Its URL is kept sealed, and shown to nobody again."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Team",
                "url": "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#captions",
                "events": ["job_completed", "job_failed"],
            }
        },
    )

    name: Name
    url: SecretStr = Field(max_length=2048, description="As Apprise writes it: `slack://…`, `pagerduty://…`.")
    events: Events = list(USUAL)

    def wish(self) -> NewChannel:
        return NewChannel(self.name, self.url.get_secret_value(), self.events)


class ChannelDocument(Document):
    """A channel, without its URL, which holds keys."""

    id: UUID
    project_id: UUID | None = Field(description="Null: it is told of all projects.")
    name: str
    service: str = Field(description="What its URL begins with.")
    events: list[Event] = Field(description=_EVENTS)
    created_at: datetime

    @classmethod
    def of(cls, channel: Channel) -> "ChannelDocument":
        return cls(
            id=channel.id,
            project_id=channel.project_id,
            name=channel.name,
            service=channel.service,
            events=[Event(event) for event in channel.events],
            created_at=channel.created_at,
        )


class ChannelList(Document):
    """All channels, the oldest first."""

    items: list[ChannelDocument]

    @classmethod
    def of(cls, channels: Sequence[Channel]) -> "ChannelList":
        return cls(items=[ChannelDocument.of(channel) for channel in channels])


@router.post(_HERE, status_code=201, dependencies=[MANAGES], responses=problems(404, 409))
async def create_channel(
    *, project_id: UUID, wish: ChannelRequest, use: Use, caller: Caller, address: Address
) -> ChannelDocument:
    """Tell a chat service of the project's jobs. Nothing is sent yet: test it."""
    made = await use.notifications.channels.create(caller, project_id, wish.wish(), address)
    return ChannelDocument.of(made)


@router.get(_HERE, dependencies=[MANAGES], responses=problems(404))
async def list_channels(project_id: UUID, use: Use) -> ChannelList:
    """The project's channels."""
    return ChannelList.of(await use.notifications.channels.list(project_id))


@router.delete(f"{_HERE}/{{channel_id}}", status_code=204, dependencies=[MANAGES], responses=problems(404))
async def delete_channel(
    project_id: UUID, channel_id: UUID, use: Use, caller: Caller, address: Address
) -> None:
    """Tell it no more, nor what it was still to be told."""
    await use.notifications.channels.delete(caller, project_id, channel_id, address)


@router.post(
    f"{_HERE}/{{channel_id}}/test", status_code=204, dependencies=[MANAGES], responses=problems(404, 409)
)
async def test_channel(project_id: UUID, channel_id: UUID, use: Use) -> None:
    """Send a message there now, and see whether it is taken."""
    await use.notifications.channels.test(project_id, channel_id)


@router.post(_EVERYWHERE, status_code=201, responses=problems(409))
async def create_installation_channel(
    wish: ChannelRequest, use: Use, admin: Administers, address: Address
) -> ChannelDocument:
    """Tell a chat service of the jobs of all projects."""
    return ChannelDocument.of(await use.notifications.channels.create(admin, None, wish.wish(), address))


@router.get(_EVERYWHERE, dependencies=[ADMINISTERS])
async def list_installation_channels(use: Use) -> ChannelList:
    """The installation's channels."""
    return ChannelList.of(await use.notifications.channels.list(None))


@router.delete(f"{_EVERYWHERE}/{{channel_id}}", status_code=204, responses=problems(404))
async def delete_installation_channel(
    channel_id: UUID, use: Use, admin: Administers, address: Address
) -> None:
    """Tell it no more."""
    await use.notifications.channels.delete(admin, None, channel_id, address)


@router.post(
    f"{_EVERYWHERE}/{{channel_id}}/test",
    status_code=204,
    dependencies=[ADMINISTERS],
    responses=problems(404, 409),
)
async def test_installation_channel(channel_id: UUID, use: Use) -> None:
    """Send a message there now, and see whether it is taken."""
    await use.notifications.channels.test(None, channel_id)
