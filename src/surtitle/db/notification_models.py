"""The tables of what is told: letters that wait or went, channels, what people chose. Times are UTC."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id


class OutboxLetter(Base):
    """Something to be told, once: written in the transaction of what it tells of, sent when that is done.

    `state` is `waiting`, `sent` or `failed`. What it says is looked up when it is sent, from `object_id`;
    what could not be looked up stands sealed in `payload`, which is gone once the letter is.
    """

    __tablename__ = "outbox"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    channel: Mapped[str] = mapped_column(String(16))
    """How it goes: `mail`, or `apprise`."""
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16), default="waiting", server_default="waiting")
    user_id: Mapped[UUID | None]
    """Whom it is for, or None: somebody without an account, or a channel."""
    recipient: Mapped[str | None] = mapped_column(String(64))
    """Stands for the address in `payload`, so that it can be found when the person is erased."""
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    project_id: Mapped[UUID | None]
    object_id: Mapped[UUID | None]
    """The job that it tells of, or the invitation that it brings."""
    language: Mapped[str | None] = mapped_column(String(16))
    payload: Mapped[str | None] = mapped_column(Text)
    message_id: Mapped[str | None] = mapped_column(String(64))
    """The mail that it goes with: the same at every try, and for all letters of a digest."""
    claim: Mapped[str | None] = mapped_column(String(32))
    lease_until_epoch: Mapped[float | None] = mapped_column(Float)
    due_epoch: Mapped[float] = mapped_column(Float, default=0.0, server_default="0")
    attempts: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it could not be sent, without whom it was for."""
    expires_at: Mapped[datetime | None]
    """From then on it is of no use: a link in it works no more."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "state", "due_epoch"),
        Index(None, "state", "channel", "created_at"),
        Index(None, "user_id", "kind"),
        Index(None, "channel_id", "kind"),
        Index(None, "project_id"),
        Index(None, "recipient"),
        Index(None, "message_id"),
    )


class Channel(Base):
    """Where a project's news go beside mails; without a project, the installation's. The URL holds keys."""

    __tablename__ = "channels"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    service: Mapped[str] = mapped_column(String(32))
    """What the URL begins with: `slack`, `pagerduty`."""
    url_sealed: Mapped[str] = mapped_column(Text)
    events: Mapped[list[Any]]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    __table_args__ = (Index(None, "project_id"), Index(None, "created_by"))


class MailChoice(Base):
    """Whether a person wants mails of an event. Without a row they do."""

    __tablename__ = "mail_choices"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    event: Mapped[str] = mapped_column(String(32), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)


class QuotaNotice(Base):
    """That a project's people were told how much of a quota is used: once in a `period`."""

    __tablename__ = "quota_notices"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    quota: Mapped[str] = mapped_column(String(16), primary_key=True)
    percent: Mapped[int] = mapped_column(Integer, primary_key=True)
    period: Mapped[str] = mapped_column(String(16), primary_key=True)
    told_at: Mapped[datetime] = mapped_column(default=utc_now)
