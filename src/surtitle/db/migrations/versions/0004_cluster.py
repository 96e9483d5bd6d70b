"""Many machines: parts of a job, queues that can be paused, schedules, what a worker offers"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "queues",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_queues")),
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=128), nullable=False),
        sa.Column("lease_until_epoch", sa.Double(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", "slot", name=op.f("pk_schedules")),
    )
    op.create_table(
        "turns",
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("begin_seconds", sa.Double(), nullable=False),
        sa.Column("end_seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("queue", "project_id", name=op.f("pk_turns")),
    )
    op.create_index(op.f("ix_turns_queue_begin_seconds"), "turns", ["queue", "begin_seconds"])
    op.create_table(
        "direct_uploads",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("media_id", sa.Uuid(), nullable=False),
        sa.Column("multipart_id", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completing_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direct_uploads")),
    )
    op.create_index(op.f("ix_direct_uploads_project_id"), "direct_uploads", ["project_id"])
    op.create_index(op.f("ix_direct_uploads_created_by"), "direct_uploads", ["created_by"])
    with op.batch_alter_table("workers", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("slots", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("engines", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("memory_bytes", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("gpus", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("jobs", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.drop_column("job_id")
    with op.batch_alter_table("jobs", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("parent_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("part", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("engine", sa.String(length=128), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("memory_bytes", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("due_epoch", sa.Double(), nullable=False, server_default="0"))
    # Jobs that wait keep their order: an hour a step of priority, as the setting has it.
    op.execute("UPDATE jobs SET due_epoch = run_at_epoch + media_seconds - priority * 3600.0")
    op.drop_index("ix_jobs_claim", table_name="jobs")
    op.create_index(
        "ix_jobs_claim",
        "jobs",
        ["queue", "project_id", "engine", "memory_bytes", "due_epoch", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_jobs_parts",
        "jobs",
        ["parent_id", "part"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    op.drop_index("ix_jobs_abandoned", table_name="jobs")
    op.create_index(
        "ix_jobs_abandoned",
        "jobs",
        ["abandoned_after_epoch"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL AND abandoned_after_epoch IS NOT NULL"),
        postgresql_where=sa.text("finished_at IS NULL AND abandoned_after_epoch IS NOT NULL"),
    )
    op.create_index("ix_jobs_project_id_recipe_id", "jobs", ["project_id", "recipe", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_jobs_project_id_recipe_id", table_name="jobs")
    op.drop_index("ix_jobs_abandoned", table_name="jobs")
    op.create_index(
        "ix_jobs_abandoned",
        "jobs",
        ["abandoned_after_epoch"],
        unique=False,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.drop_index("ix_jobs_parts", table_name="jobs")
    op.drop_index("ix_jobs_claim", table_name="jobs")
    # Parts mean nothing to a version that does not know their whole.
    op.execute("DELETE FROM jobs WHERE parent_id IS NOT NULL")
    with op.batch_alter_table("jobs", schema=None, recreate="never") as batch_op:
        for column in ("due_epoch", "memory_bytes", "engine", "part", "parent_id"):
            batch_op.drop_column(column)
    op.create_index(
        "ix_jobs_claim",
        "jobs",
        ["queue", "priority", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    with op.batch_alter_table("workers", schema=None, recreate="never") as batch_op:
        for column in ("jobs", "gpus", "memory_bytes", "engines", "slots"):
            batch_op.drop_column(column)
        batch_op.add_column(sa.Column("job_id", sa.Uuid(), nullable=True))
    op.drop_table("direct_uploads")
    op.drop_table("turns")
    op.drop_table("schedules")
    op.drop_table("queues")
