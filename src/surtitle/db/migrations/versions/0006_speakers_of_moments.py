"""Moments name all who are heard in them; names can be found wherever a voice put them"""

import re
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    # Whoever counts what ended lately reads no more than that.
    op.create_index("ix_jobs_finished_at_id", "jobs", ["finished_at", "id"])
    # Moments are cut by a newer method now, so each is written again with its speakers.
    op.add_column("search_chunks", sa.Column("speakers", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "search_failures",
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcripts.id"],
            name=op.f("fk_search_failures_transcript_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transcript_id", name=op.f("pk_search_failures")),
    )
    _drop_vectors()
    op.add_column("transcripts", sa.Column("scrubbings", sa.Integer(), nullable=False, server_default="0"))
    _remember_names_by_place()
    voices = sa.text("name = 'voices.json'")
    op.create_index(
        "ix_artifacts_voices", "artifacts", ["job_id"], sqlite_where=voices, postgresql_where=voices
    )


def downgrade() -> None:
    op.drop_index("ix_artifacts_voices", "artifacts")
    _remember_names_by_transcript()
    op.drop_column("transcripts", "scrubbings")
    op.drop_index("ix_jobs_finished_at_id", "jobs")
    _drop_vectors()
    op.drop_table("search_failures")
    op.drop_column("search_chunks", "speakers")


def _drop_vectors() -> None:
    """A copy that is made again while it runs, where `search.vectors` says so; its columns differ."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE IF EXISTS search_vectors")


_LABEL = re.compile(r"speaker_[0-9]+")
_LABELS_OF_PEOPLE_FROM = 101

_NAMED = sa.table(
    "speaker_labels",
    sa.column("id", sa.Uuid()),
    sa.column("voice_id", sa.Uuid()),
    sa.column("transcript_id", sa.Uuid()),
    sa.column("job_id", sa.Uuid()),
    sa.column("speaker", sa.String()),
    sa.column("project_id", sa.Uuid()),
    sa.column("name", sa.String()),
    sa.column("score", sa.Float()),
    sa.column("created_at", sa.DateTime(timezone=True)),
)
_OLD = ("voice_id", "transcript_id", "speaker", "project_id", "name", "score", "created_at")


def _remember_names_by_place() -> None:
    """A row for each place that a name stands in: a transcript, or a job's files."""
    rows = [*_named_in_transcripts(), *_learned_by_name()]
    op.drop_table("speaker_labels")
    op.create_table(
        "speaker_labels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voice_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        *_columns_of_a_name(),
        _to_voices(),
        _to_transcripts(),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_speaker_labels_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_speaker_labels")),
        sa.CheckConstraint(
            "(transcript_id IS NULL) <> (job_id IS NULL)", name=op.f("ck_speaker_labels_one_place")
        ),
    )
    for column in ("voice_id", "transcript_id", "job_id", "project_id"):
        op.create_index(f"ix_speaker_labels_{column}", "speaker_labels", [column])
    if rows:
        op.bulk_insert(_NAMED, rows)


def _remember_names_by_transcript() -> None:
    """The newest name of each speaker of a transcript; what else is known of names is lost."""
    newest = sa.select(_NAMED).where(_NAMED.c.transcript_id.is_not(None)).order_by(_NAMED.c.created_at)
    found = {(row["transcript_id"], row["speaker"]): dict(row) for row in _rows(newest)}
    op.drop_table("speaker_labels")
    op.create_table(
        "speaker_labels",
        sa.Column("voice_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        *_columns_of_a_name(),
        _to_voices(),
        _to_transcripts(),
        sa.PrimaryKeyConstraint("transcript_id", "speaker", name=op.f("pk_speaker_labels")),
    )
    for column in ("voice_id", "project_id"):
        op.create_index(f"ix_speaker_labels_{column}", "speaker_labels", [column])
    if found:
        op.bulk_insert(_NAMED, [{name: row[name] for name in _OLD} for row in found.values()])


def _named_in_transcripts() -> list[dict[str, Any]]:
    """For each name in a transcript a row for it, and one for each job that made it or took its text."""
    jobs = sa.table("jobs", sa.column("id", sa.Uuid()), sa.column("transcript_id", sa.Uuid()))
    workers: dict[UUID, list[UUID]] = {}
    for row in _rows(sa.select(jobs).where(jobs.c.transcript_id.is_not(None))):
        workers.setdefault(row["transcript_id"], []).append(row["id"])
    told = []
    for row in _rows(sa.select(*(_NAMED.c[name] for name in _OLD))):
        told.append({**row, "id": uuid4(), "job_id": None})
        told += [
            {**row, "id": uuid4(), "transcript_id": None, "job_id": job_id}
            for job_id in workers.get(row["transcript_id"], ())
        ]
    return told


def _learned_by_name() -> list[dict[str, Any]]:
    """Speakers whom a person had named before their voice was learned; see `VoiceRepository.note_learned`."""
    voices = sa.table("voices", sa.column("id", sa.Uuid()), sa.column("project_id", sa.Uuid()))
    clips = sa.table(
        "voiceprints", sa.column("voice_id", sa.Uuid()), sa.column("transcript_id", sa.Uuid()),
        sa.column("speaker", sa.String()), sa.column("created_at", sa.DateTime(timezone=True)),
    )  # fmt: skip
    query = sa.select(clips, voices.c.project_id).join(voices, voices.c.id == clips.c.voice_id)
    query = query.where(clips.c.transcript_id.is_not(None), clips.c.speaker.is_not(None))
    found = {(row["voice_id"], row["transcript_id"], row["speaker"]): row for row in _rows(query)}
    labels = count(_LABELS_OF_PEOPLE_FROM)
    return [
        {
            **row, "id": uuid4(), "job_id": None, "score": None, "name": row["speaker"],
            "speaker": f"speaker_{next(labels)}",
        }
        for row in found.values()
        if not _LABEL.fullmatch(row["speaker"])
    ]  # fmt: skip


def _rows(query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
    return op.get_bind().execute(query).mappings().all()


def _columns_of_a_name() -> list[sa.Column[Any]]:
    return [
        sa.Column("speaker", sa.String(length=200), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _to_voices() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["voice_id"], ["voices.id"], name=op.f("fk_speaker_labels_voice_id"), ondelete="CASCADE"
    )


def _to_transcripts() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["transcript_id"],
        ["transcripts.id"],
        name=op.f("fk_speaker_labels_transcript_id"),
        ondelete="CASCADE",
    )
