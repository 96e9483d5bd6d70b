"""Meetings: voices and their consent, search by meaning"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _create_voices()
    _create_search()


def downgrade() -> None:
    _drop_search()
    for table in ("speaker_labels", "voiceprints", "consents", "voices"):
        op.drop_table(table)


def _create_voices() -> None:
    op.create_table(
        "voices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=240), nullable=False),
        sa.Column("former_names", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erasing_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voices")),
        sa.UniqueConstraint("project_id", "name_key", name=op.f("uq_voices_project_id_name_key")),
    )
    op.create_index("ix_voices_project_id_id", "voices", ["project_id", "id"])
    op.create_index("ix_voices_created_by", "voices", ["created_by"])
    op.create_index("ix_voices_user_id", "voices", ["user_id"])
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voice_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["voice_id"], ["voices.id"], name=op.f("fk_consents_voice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_voice_id_id", "consents", ["voice_id", "id"])
    op.create_index("ix_consents_created_by", "consents", ["created_by"])
    op.create_table(
        "voiceprints",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voice_id", sa.Uuid(), nullable=False),
        sa.Column("encoder", sa.String(length=64), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("speech_seconds", sa.Float(), nullable=False),
        sa.Column("noise_decibels", sa.Float(), nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=True),
        sa.Column("speaker", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcripts.id"],
            name=op.f("fk_voiceprints_transcript_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["voice_id"], ["voices.id"], name=op.f("fk_voiceprints_voice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voiceprints")),
        sa.UniqueConstraint(
            "voice_id", "sha256", "encoder", name=op.f("uq_voiceprints_voice_id_sha256_encoder")
        ),
    )
    op.create_index("ix_voiceprints_transcript_id", "voiceprints", ["transcript_id"])
    op.create_table(
        "speaker_labels",
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("speaker", sa.String(length=200), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("voice_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcripts.id"],
            name=op.f("fk_speaker_labels_transcript_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["voice_id"], ["voices.id"], name=op.f("fk_speaker_labels_voice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("transcript_id", "speaker", name=op.f("pk_speaker_labels")),
    )
    op.create_index("ix_speaker_labels_voice_id", "speaker_labels", ["voice_id"])
    op.create_index("ix_speaker_labels_project_id", "speaker_labels", ["project_id"])


def _create_search() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "search_documents",
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("embedder", sa.String(length=200), nullable=True),
        sa.Column("vectors", sa.LargeBinary(), nullable=True),
        sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcripts.id"],
            name=op.f("fk_search_documents_transcript_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transcript_id", name=op.f("pk_search_documents")),
        sa.UniqueConstraint("number", name=op.f("uq_search_documents_number")),
    )
    op.create_index("ix_search_documents_project_id_number", "search_documents", ["project_id", "number"])
    op.create_table(
        "search_chunks",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("start_seconds", sa.Double(), nullable=False),
        sa.Column("end_seconds", sa.Double(), nullable=False),
        sa.Column("speaker", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR() if on_postgresql else sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["search_documents.transcript_id"],
            name=op.f("fk_search_chunks_transcript_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_chunks")),
    )
    op.create_index("ix_search_chunks_transcript_id_position", "search_chunks", ["transcript_id", "position"])
    op.create_table(
        "transcript_tags",
        sa.Column("transcript_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcript_id"],
            ["transcripts.id"],
            name=op.f("fk_transcript_tags_transcript_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transcript_id", "tag", name=op.f("pk_transcript_tags")),
    )
    op.create_index("ix_transcript_tags_project_id_tag", "transcript_tags", ["project_id", "tag"])
    if on_postgresql:
        # Porter's endings as in SQLite, and no stop words: which words tell nothing is settled in one place.
        op.execute("CREATE TEXT SEARCH DICTIONARY surtitle_stem (TEMPLATE = snowball, LANGUAGE = english)")
        op.execute("CREATE TEXT SEARCH CONFIGURATION surtitle (COPY = simple)")
        op.execute(
            "ALTER TEXT SEARCH CONFIGURATION surtitle ALTER MAPPING FOR asciiword, word WITH surtitle_stem"
        )
        op.create_index("ix_search_chunks_terms", "search_chunks", ["terms"], postgresql_using="gin")
        return
    # The text stays in `search_chunks`; rows go by whatever way, and triggers take them out of the index.
    op.execute(
        "CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='search_chunks', content_rowid='id', "
        "tokenize='porter unicode61 remove_diacritics 0')"
    )
    op.execute(
        "CREATE TRIGGER search_chunks_come AFTER INSERT ON search_chunks BEGIN "
        "INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms); END"
    )
    op.execute(
        "CREATE TRIGGER search_chunks_go AFTER DELETE ON search_chunks BEGIN "
        "INSERT INTO search_terms(search_terms, rowid, terms) VALUES ('delete', old.id, old.terms); END"
    )


def _drop_search() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Made while it runs, where `search.vectors` says so.
        op.execute("DROP TABLE IF EXISTS search_vectors")
        op.execute("DROP TEXT SEARCH CONFIGURATION surtitle")
        op.execute("DROP TEXT SEARCH DICTIONARY surtitle_stem")
    else:
        op.execute("DROP TRIGGER search_chunks_come")
        op.execute("DROP TRIGGER search_chunks_go")
        op.execute("DROP TABLE search_terms")
    for table in ("transcript_tags", "search_chunks", "search_documents"):
        op.drop_table(table)
