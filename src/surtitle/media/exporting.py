"""Recordings as part of what a person takes along."""

from collections.abc import AsyncIterator
from functools import partial
from uuid import UUID

from sqlalchemy import select

from surtitle.accounts.export import ExportedFile, columns, json_file
from surtitle.accounts.zip_stream import zip_name
from surtitle.db.engine import Database
from surtitle.db.models import Media
from surtitle.media.service import MediaService

_BATCH = 100
_TOLD = (
    "id", "project_id", "name", "size_bytes", "sha256", "content_type", "duration_seconds", "probe",
    "created_at",
)  # fmt: skip


class MediaExport:
    """The `Exportable` of recordings: each as it was sent, and what is known of it."""

    def __init__(self, database: Database, media: MediaService) -> None:
        self._database = database
        self._media = media

    async def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(Media).where(Media.created_by == user_id, Media.id > after)
                rows = (await session.scalars(query.order_by(Media.id).limit(_BATCH))).all()
            for media in rows:
                after = media.id
                yield json_file(f"recordings/{media.id}.json", media.created_at, columns(media, _TOLD))
                yield ExportedFile(
                    f"recordings/{media.id}-{zip_name(media.name)}",
                    media.created_at,
                    media.size_bytes,
                    # Sound and film are packed already.
                    packed=False,
                    open=partial(self._media.open_source, media),
                )
            if len(rows) < _BATCH:
                return
