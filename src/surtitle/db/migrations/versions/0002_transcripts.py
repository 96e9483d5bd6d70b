"""Transcripts and their revisions; the events of jobs that ended long ago are made small"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("jobs", schema=None, recreate="never") as batch_op:
        batch_op.add_column(sa.Column("transcript_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("transcript_revision", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("events_settled", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("request_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("abandoned_after_epoch", sa.Double(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_jobs_project_id_request_hash"), ["project_id", "request_hash"], unique=False
        )
        batch_op.create_index(
            "ix_jobs_abandoned",
            ["abandoned_after_epoch"],
            unique=False,
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_jobs_transcript_id"), ["transcript_id"], unique=False)
        batch_op.create_index(
            "ix_jobs_unsettled",
            ["finished_at"],
            unique=False,
            sqlite_where=sa.text("events_settled = 0"),
            postgresql_where=sa.text("NOT events_settled"),
        )

    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_media_project_id_sha256"), ["project_id", "sha256"], unique=False
        )

    op.create_table(
        "transcripts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("duration_seconds", sa.Double(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_transcripts_job_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_transcripts_media_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("job_id", name=op.f("uq_transcripts_job_id")),
    )
    with op.batch_alter_table("transcripts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transcripts_media_id"), ["media_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_transcripts_project_id_id"), ["project_id", "id"], unique=False)

    op.create_table(
        "revisions",
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("content", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("tip", sa.Integer(), nullable=False),
        sa.Column("operations", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("object_key", sa.String(length=512), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcripts.id"],
            name=op.f("fk_revisions_transcript_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transcript_id", "number", name=op.f("pk_revisions")),
    )

    op.create_table(
        "glossary",
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "term", name=op.f("pk_glossary")),
    )


def downgrade() -> None:
    op.drop_table("glossary")
    op.drop_table("revisions")
    with op.batch_alter_table("transcripts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transcripts_project_id_id"))
        batch_op.drop_index(batch_op.f("ix_transcripts_media_id"))

    op.drop_table("transcripts")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_project_id_sha256"))

    with op.batch_alter_table("jobs", schema=None, recreate="never") as batch_op:
        batch_op.drop_index(
            "ix_jobs_unsettled",
            sqlite_where=sa.text("events_settled = 0"),
            postgresql_where=sa.text("NOT events_settled"),
        )
        batch_op.drop_index(batch_op.f("ix_jobs_transcript_id"))
        batch_op.drop_index(
            "ix_jobs_abandoned",
            sqlite_where=sa.text("finished_at IS NULL"),
            postgresql_where=sa.text("finished_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_jobs_project_id_request_hash"))
        batch_op.drop_column("abandoned_after_epoch")
        batch_op.drop_column("request_hash")
        batch_op.drop_column("events_settled")
        batch_op.drop_column("transcript_revision")
        batch_op.drop_column("transcript_id")
