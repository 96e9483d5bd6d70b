"""Recordings and uploads as things that are erased."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.erasable import ERASED, Scope, StillAtWork, Tally
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import DirectUpload, Media, StoredTranscript, Upload
from surtitle.domain.jobs import FINISHED
from surtitle.errors import NotFound
from surtitle.media.direct import DirectUploads
from surtitle.media.errors import MediaInUse, UploadLocked
from surtitle.media.resumable import ResumableUploads
from surtitle.media.service import MediaService
from surtitle.storage import ObjectStore

_BATCH = 200


class MediaErasing:
    """The `Erasable` of recordings, and of uploads on their way to be some.

    A recording that others have worked with goes too: their jobs keep what they made of it.
    """

    def __init__(
        self,
        database: Database,
        store: ObjectStore,
        media: MediaService,
        uploads: ResumableUploads,
        direct: DirectUploads,
    ) -> None:
        self._database = database
        self._store = store
        self._media = media
        self._uploads = uploads
        self._direct = direct

    async def erase(self, scope: Scope, tally: Tally) -> None:
        await self._erase_uploads(scope, tally)
        async for project_id, media_id in self._recordings_in(scope):
            # What a deletion that died half-way has left can still be found by the row.
            async for key in self._store.keys(f"media/{media_id}"):
                await self._store.delete(key)
            await self._erase_one(project_id, media_id, tally)
        if (await self.found(scope))["recordings"]:
            raise StillAtWork("A recording")

    async def anonymise(self, user_id: UUID, tally: Tally) -> None:
        async with self._database.writing() as session:
            for table in (Upload, DirectUpload):
                await session.execute(
                    update(table).where(table.created_by == user_id).values(created_by=None)
                )
            changed = await session.scalars(
                update(Media).where(Media.created_by == user_id).values(created_by=None).returning(Media.id)
            )
            await tally(session, "recordings without a name", len(changed.all()))

    async def found(self, scope: Scope) -> Mapping[str, int]:
        async with self._database.reading() as session:
            query = select(func.count()).select_from(Media).where(*_going(scope))
            return {"recordings": await session.scalar(query) or 0}

    async def _erase_one(self, project_id: UUID, media_id: UUID, tally: Tally) -> None:
        async def let_go(session: AsyncSession) -> None:
            await _let_go(session, media_id)
            await tally(session, "recordings")

        with suppress(MediaInUse, NotFound):
            await self._media.delete(project_id, media_id, let_go)

    async def _erase_uploads(self, scope: Scope, tally: Tally) -> None:
        mine = Upload.created_by == scope.user_id if scope.user_id else Upload.project_id == scope.project_id
        async with self._database.reading() as session:
            uploads = (await session.scalars(select(Upload.id).where(mine))).all()

        async def count(session: AsyncSession) -> None:
            await tally(session, "uploads")

        for upload_id in uploads:
            try:
                await self._uploads.erase(upload_id, count)
            except UploadLocked as error:
                raise StillAtWork(f"Upload {upload_id}") from error
        for row in await self._direct.of(user_id=scope.user_id, project_id=scope.project_id):
            await self._direct.erase(row, count)

    async def _recordings_in(self, scope: Scope) -> AsyncIterator[tuple[UUID, UUID]]:
        """Project and id, a batch at a time: no session is open while one is deleted."""
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(Media.project_id, Media.id).where(*_going(scope), Media.id > after)
                rows = (await session.execute(query.order_by(Media.id).limit(_BATCH))).all()
            for project_id, media_id in rows:
                after = media_id
                yield project_id, media_id
            if len(rows) < _BATCH:
                return


async def _let_go(session: AsyncSession, media_id: UUID) -> None:
    """What others made of the recording stays, without it and without the name that its file had."""
    used = (Job.media_id == media_id, Job.state.in_(FINISHED))
    await session.execute(update(Job).where(*used).values(media_id=None))
    await session.execute(
        update(StoredTranscript)
        .where(StoredTranscript.media_id == media_id)
        .values(name=ERASED, media_id=None)
    )


def _going(scope: Scope) -> Sequence[ColumnElement[bool]]:
    going: list[ColumnElement[bool]] = [false()]
    if scope.user_id is not None:
        going = [Media.created_by == scope.user_id]
    elif scope.project_id is not None:
        going = [Media.project_id == scope.project_id]
    return going
