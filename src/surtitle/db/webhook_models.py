"""The tables of webhooks and of what is delivered to them. Times are UTC; `*_epoch` columns are seconds by
the database's own clock.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id


class Webhook(Base):
    """Where a project's events are told. See docs/decisions/0030-webhooks.md.

    `former_secret_sealed` signs beside the newer secret until `former_until`. `failing_since` is the first
    failure after the last success, `failures` how many there were since.
    """

    __tablename__ = "webhooks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[Any]]
    secret_sealed: Mapped[str] = mapped_column(Text)
    former_secret_sealed: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(Integer, default=0)
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None] = mapped_column(String(32))
    """`person`, `failing` or `gone`."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "project_id", "id"), Index(None, "created_by"))


class WebhookDelivery(Base):
    """One event on its way to one webhook; `state` is one of `webhooks.events.DeliveryState`.

    `body` is sent byte for byte, however often. `tries` counts those of this round: a replay begins another.
    `log` holds the last attempts, the newest last.
    """

    __tablename__ = "webhook_deliveries"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    project_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    trace: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """The headers that join it to the request or the job which it tells of."""
    state: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(default=utc_now)
    """When the event was."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    next_epoch: Mapped[float] = mapped_column(default=0.0)
    lease_until_epoch: Mapped[float | None]
    finished_at: Mapped[datetime | None]
    log: Mapped[list[Any]] = mapped_column(default=list)

    __table_args__ = (
        Index(None, "webhook_id", "id"),
        Index(None, "project_id"),
        Index(None, "state", "at"),
        Index(
            "ix_webhook_deliveries_due",
            "next_epoch",
            "id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )
