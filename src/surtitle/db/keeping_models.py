"""The tables of keeping: how long things stay, what was purged, which backups were made. Times are UTC."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id


class RetentionRule(Base):
    """How long a project keeps one kind of thing (`domain.keeping.KeptKind`), where it differs from the rest.

    `days` None: for ever, whatever the installation's settings say.
    """

    __tablename__ = "retention_rules"

    project_id: Mapped[UUID] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    days: Mapped[int | None] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)


class Purge(Base):
    """A purge of one project, written before anything goes, so that one whose process died is gone on with.

    `plan` says by kind before which moment things go; `counts` what went so far. `seen_at` is when its
    process last said that it lives.
    """

    __tablename__ = "purges"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    plan: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "project_id"), Index(None, "finished_at"))


class Backup(Base):
    """A backup that was begun here. Those that there are, are told by their own manifests, not by these rows.

    `kind` is `scheduled`, `manual` or `aside`, `state` `running`, `succeeded` or `failed`; `bytes` is the
    size of all that it names, `sent_bytes` what had to be sent for it. `seen_at` is when its process last
    said that it lives.
    """

    __tablename__ = "backups"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    objects: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "state", "finished_at"),)
