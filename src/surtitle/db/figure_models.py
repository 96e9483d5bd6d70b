"""The table of figures that one server has read and the others tell as well."""

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from surtitle.db.base import Base


class SharedFigures(Base):
    """What one part of the installation's figures was when it was last read, by the database's own clock.

    Until `turn_until_epoch` somebody reads it anew. All of it can be read again at any time.
    """

    __tablename__ = "shared_figures"

    part: Mapped[str] = mapped_column(String(32), primary_key=True)
    turn_until_epoch: Mapped[float]
    read_epoch: Mapped[float] = mapped_column(default=0.0, server_default="0")
    samples: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
