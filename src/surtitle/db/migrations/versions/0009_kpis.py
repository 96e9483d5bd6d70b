"""Figures of each day and project"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "kpi_events",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wait_ms", sa.BigInteger(), nullable=True),
        sa.Column("processing_ms", sa.BigInteger(), nullable=True),
        sa.Column("media_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "kind", name=op.f("pk_kpi_events")),
    )
    for column in ("happened_at", "project_id", "user_id"):
        op.create_index(f"ix_kpi_events_{column}", "kpi_events", [column])
    op.create_table(
        "kpi_daily",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        *(sa.Column(f"jobs_{end}", sa.Integer(), nullable=False)
          for end in ("created", "succeeded", "failed", "cancelled")),
        sa.Column("success_rate", sa.Double(), nullable=True),
        *(sa.Column(f"{span}_{figure}_seconds", sa.Double(), nullable=True)
          for span in ("duration", "wait") for figure in ("mean", "median", "p95")),
        sa.Column("real_time_factor", sa.Double(), nullable=True),
        sa.Column("minutes_in", sa.Double(), nullable=False),
        sa.Column("films_out", sa.Integer(), nullable=False),
        sa.Column("credits", sa.Double(), nullable=False),
        sa.Column("active_people", sa.Integer(), nullable=False),
        sa.Column("storage_bytes", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "project_id", name=op.f("pk_kpi_daily")),
    )  # fmt: skip
    op.create_index("ix_kpi_daily_project_id_day", "kpi_daily", ["project_id", "day"])
    # A day's credits and storage are looked for over all projects.
    op.create_index("ix_credit_entries_created_at", "credit_entries", ["created_at"])
    op.create_index("ix_usage_kind_created_at", "usage", ["kind", "created_at"])
    op.execute(_FOR_THE_VIDEO_GENERATOR)


def downgrade() -> None:
    op.execute("DROP VIEW kpi_spark_daily")
    op.drop_index("ix_usage_kind_created_at", "usage")
    op.drop_index("ix_credit_entries_created_at", "credit_entries")
    op.drop_table("kpi_daily")
    op.drop_table("kpi_events")


# Its table held one row a day for all that it did. What cannot be added up over projects is not in it.
_FOR_THE_VIDEO_GENERATOR = """
CREATE VIEW kpi_spark_daily AS
SELECT
  day AS date,
  SUM(jobs_succeeded + jobs_failed + jobs_cancelled) AS total_jobs,
  SUM(jobs_succeeded) AS succeeded_jobs,
  SUM(jobs_failed) AS failed_jobs,
  CAST(SUM(jobs_succeeded) AS DOUBLE PRECISION) / NULLIF(SUM(jobs_succeeded + jobs_failed), 0)
    AS success_rate,
  SUM(duration_mean_seconds * jobs_succeeded) / NULLIF(SUM(jobs_succeeded), 0) AS avg_duration_seconds,
  SUM(credits) AS credits_used
FROM kpi_daily
GROUP BY day
"""
