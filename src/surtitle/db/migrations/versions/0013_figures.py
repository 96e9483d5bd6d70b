"""Figures that one server reads for all"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

serves: str = "0012"
"""See docs/operate/upgrading.md: who does not know the table reads for itself, as before."""


def upgrade() -> None:
    op.create_table(
        "shared_figures",
        sa.Column("part", sa.String(length=32), nullable=False),
        sa.Column("turn_until_epoch", sa.Double(), nullable=False),
        sa.Column("read_epoch", sa.Double(), server_default="0", nullable=False),
        sa.Column("samples", sa.JSON(), server_default="[]", nullable=False),
        sa.PrimaryKeyConstraint("part", name=op.f("pk_shared_figures")),
    )


def downgrade() -> None:
    op.drop_table("shared_figures")
