"""What can be told, and how it is written. See docs/user/webhooks.md."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class WebhookEvent(StrEnum):
    """What a webhook can be told of. The names are part of what receivers rely on."""

    JOB_CREATED = "job.created"
    JOB_SUCCEEDED = "job.succeeded"
    JOB_FAILED = "job.failed"
    JOB_CANCELLED = "job.cancelled"
    TRANSCRIPT_REVISED = "transcript.revised"
    TEST = "webhook.test"
    """Sent when somebody presses the button, whatever events were chosen."""


CHOSEN = frozenset(WebhookEvent) - {WebhookEvent.TEST}
"""The events that a webhook chooses from."""


class DeliveryState(StrEnum):
    """`pending → succeeded | failed`, and back to `pending` by a replay."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


def body_of(event: WebhookEvent, at: datetime, data: Mapping[str, object]) -> str:
    """The body that is sent: ids and states. What people said or named is read with a key of theirs."""
    document = {"type": event, "timestamp": at.isoformat().replace("+00:00", "Z"), "data": dict(data)}
    return json.dumps(document, default=str, separators=(",", ":"))


def message_id(delivery_id: UUID) -> str:
    """The `webhook-id`: the same at every try, so that a receiver can tell what it has had already."""
    return f"msg_{delivery_id.hex}"
