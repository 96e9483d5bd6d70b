"""A schema says which programs it still serves"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

serves: str = "0012"
"""See docs/operate/upgrading.md: every migration from here on says it."""


def upgrade() -> None:
    # Its one row is written by `db.migrate`, which knows where a migration that comes in several steps ends.
    op.create_table(
        "schema_support",
        sa.Column("serves", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("serves", name=op.f("pk_schema_support")),
    )


def downgrade() -> None:
    op.drop_table("schema_support")
