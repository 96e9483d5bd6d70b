"""The JSON documents about webhooks and their deliveries. Times are ISO 8601 in UTC."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StringConstraints

from surtitle.accounts.names import NAME_CHARACTERS
from surtitle.api.native.schemas import Document
from surtitle.db.webhook_models import Webhook, WebhookDelivery
from surtitle.paging import Page
from surtitle.webhooks.events import CHOSEN, DeliveryState, WebhookEvent, message_id
from surtitle.webhooks.service import NewSecret, WebhookChanges, WebhookWish

_EVENTS: list[JsonValue] = [str(event) for event in sorted(CHOSEN)]
_MOST_URL_CHARACTERS = 4096

Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS)]
Url = Annotated[str, StringConstraints(min_length=8, max_length=_MOST_URL_CHARACTERS)]


class WebhookRequest(BaseModel):
    """A new webhook."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "name": "Archive",
                "url": "https://archive.example.org/surtitle",
                "events": ["job.succeeded", "job.failed"],
            }
        },
    )

    name: Name
    url: Url = Field(description="Where events are sent by `POST`: no redirects, no user or password in it.")
    events: set[WebhookEvent] = Field(
        min_length=1, max_length=len(CHOSEN), json_schema_extra={"items": {"enum": _EVENTS}}
    )

    def wish(self) -> WebhookWish:
        return WebhookWish(self.name, self.url, self.events)


class WebhookChangeRequest(BaseModel):
    """What is to be different. What is left out, or null, stays as it is."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"enabled": True}})

    name: Name | None = None
    url: Url | None = None
    events: set[WebhookEvent] | None = Field(None, min_length=1, max_length=len(CHOSEN))
    enabled: StrictBool | None = Field(
        None, description="False: nothing is sent, and what waits is given up. True: it begins anew."
    )

    def changes(self) -> WebhookChanges:
        told: Any = self.model_dump(exclude_none=True)
        changes: WebhookChanges = told
        return changes


class WebhookDocument(Document):
    """A webhook, without its secret."""

    id: UUID
    project_id: UUID
    name: str
    url: str
    events: list[WebhookEvent]
    enabled: bool
    disabled_at: datetime | None
    disabled_why: Literal["person", "failing", "gone"] | None = Field(
        description="Who or what disabled it: a person; long failure; its server answered 410."
    )
    failing_since: datetime | None = Field(description="The first failure since the last success.")
    failures: int = Field(description="Tries in a row that have failed.")
    former_secret_until: datetime | None = Field(description="Until then the secret before signs too.")
    created_at: datetime
    links: dict[str, str]

    @classmethod
    def of(cls, webhook: Webhook) -> "WebhookDocument":
        return cls(**_fields(webhook))


class IssuedWebhook(WebhookDocument):
    """A webhook with its new secret, which is shown this once."""

    secret: str = Field(description="For the `secret` of a Standard Webhooks library.")

    @classmethod
    def of_new(cls, made: NewSecret) -> "IssuedWebhook":
        return cls(**_fields(made.webhook), secret=made.secret)


class WebhookList(Document):
    """All webhooks of a project, the newest first."""

    items: list[WebhookDocument]


class AttemptDocument(BaseModel):
    """One try."""

    at: datetime
    seconds: float
    status: int | None = Field(description="Null: no answer came.")
    error: str | None
    answer: str | None = Field(description="Its first 1024 bytes.")


class DeliveryDocument(Document):
    """An event on its way to a webhook."""

    id: UUID
    webhook_id: UUID
    message_id: str = Field(description="The header `webhook-id` of every try.")
    event: WebhookEvent
    state: DeliveryState
    at: datetime = Field(description="When the event was.")
    finished_at: datetime | None
    body: str = Field(description="What is sent, to the letter.")
    attempts: list[AttemptDocument] = Field(description="The last twelve, the newest last.")
    links: dict[str, str]

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> "DeliveryDocument":
        hook = f"/api/projects/{delivery.project_id}/webhooks/{delivery.webhook_id}"
        return cls(
            id=delivery.id,
            webhook_id=delivery.webhook_id,
            message_id=message_id(delivery.id),
            event=WebhookEvent(delivery.event),
            state=DeliveryState(delivery.state),
            at=delivery.at,
            finished_at=delivery.finished_at,
            body=delivery.body,
            attempts=[AttemptDocument.model_validate(entry) for entry in delivery.log],
            links={"self": f"{hook}/deliveries/{delivery.id}", "webhook": hook},
        )


class DeliveryPage(Document):
    """Deliveries, the newest first."""

    items: list[DeliveryDocument]
    next_cursor: str | None = Field(description="For the next page; null on the last.")

    @classmethod
    def of(cls, page: Page[WebhookDelivery]) -> "DeliveryPage":
        items = [DeliveryDocument.of(delivery) for delivery in page.items]
        return cls(items=items, next_cursor=page.next_cursor)


def _fields(webhook: Webhook) -> dict[str, Any]:
    here = f"/api/projects/{webhook.project_id}/webhooks/{webhook.id}"
    copied = (
        "id", "project_id", "name", "url", "events", "disabled_at", "disabled_why", "failing_since",
        "failures", "created_at",
    )  # fmt: skip
    fields = {name: getattr(webhook, name) for name in copied}
    return fields | {
        "enabled": webhook.disabled_at is None,
        "former_secret_until": webhook.former_until,
        "links": {"self": here, "deliveries": f"{here}/deliveries"},
    }
