"""The table of recordings that are fetched from a URL. Times are UTC; `*_epoch` columns are seconds by the
database's own clock.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.clock import utc_now
from surtitle.db.base import Base
from surtitle.ids import new_id


class Fetch(Base):
    """A recording on its way from a URL; `state` is one of `media.fetching.states.FetchState`.

    The URL may open its file to whoever has it, so it is sealed, and gone when the fetch has ended; `origin`
    is what stays of it. `tries` counts those in a row that brought nothing.
    """

    __tablename__ = "fetches"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    project_id: Mapped[UUID]
    created_by: Mapped[UUID | None]
    origin: Mapped[str] = mapped_column(String(300))
    url_sealed: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(String(255))
    """As the caller wants it called; None: as its server does."""
    spent_seconds: Mapped[float] = mapped_column(default=0.0)
    """How long workers have been at it."""
    from_site: Mapped[bool] = mapped_column(default=False)
    """A page of a video site, from which the recording has to be found first."""
    state: Mapped[str] = mapped_column(String(16))
    received_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    total_bytes: Mapped[int | None] = mapped_column(BigInteger)
    media_id: Mapped[UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"))
    error_kind: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    run_at_epoch: Mapped[float] = mapped_column(default=0.0)
    lease_until_epoch: Mapped[float | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "project_id", "id"),
        Index(None, "created_by"),
        Index(None, "media_id"),
        Index(None, "finished_at"),
        Index(
            "ix_fetches_due",
            "run_at_epoch",
            "id",
            sqlite_where=text("finished_at IS NULL"),
            postgresql_where=text("finished_at IS NULL"),
        ),
    )
