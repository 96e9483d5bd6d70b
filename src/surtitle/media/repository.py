"""The rows of recordings, and of objects in the store that may have to go."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import String, cast, delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.db.models import Discarded, IdempotencyKey, Media
from surtitle.domain.film_wishes import further_media_of
from surtitle.domain.jobs import FINISHED
from surtitle.domain.options import FilmJobOptions
from surtitle.domain.recipes import FILM

SCOPE = "media"
_SWEEPING = datetime(1970, 1, 1, tzinfo=UTC)
"""`created_at` of an object that the sweeper is deleting: nobody may adopt it any more."""


class MediaRepository:
    """Works in the caller's session, so that several changes stand or fall together."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, project_id: UUID, media_id: UUID, *, to_delete: bool = False) -> Media | None:
        """With `to_delete` nobody else may come to refer to it until the transaction ends."""
        query = select(Media).where(Media.project_id == project_id, Media.id == media_id)
        return await self._session.scalar(query.with_for_update() if to_delete else query)

    async def page(self, project_id: UUID, before: UUID | None, limit: int) -> Sequence[Media]:
        """Newest first: ids are in order of creation."""
        query = select(Media).where(Media.project_id == project_id).order_by(Media.id.desc()).limit(limit)
        if before is not None:
            query = query.where(Media.id < before)
        return (await self._session.scalars(query)).all()

    async def largest(self, project_id: UUID) -> int:
        """Bytes of the project's largest recording; 0 without one."""
        largest = await self._session.scalar(
            select(func.max(Media.size_bytes)).where(Media.project_id == project_id)
        )
        return largest or 0

    async def job_using(self, media_id: UUID) -> UUID | None:
        return await self._session.scalar(select(Job.id).where(Job.media_id == media_id).limit(1))

    async def film_using(self, media: Media) -> UUID | None:
        """A film still to be made that shows or plays it: its options name pictures, logo and music."""
        films = await self._session.execute(
            select(Job.id, Job.options).where(
                Job.project_id == media.project_id,
                Job.recipe == FILM,
                Job.state.not_in(FINISHED),
                cast(Job.options, String).contains(str(media.id)),
            )
        )
        # The words of a prompt may hold the same letters.
        named = ((job_id, further_media_of(FilmJobOptions.model_validate(told))) for job_id, told in films)
        return next((job_id for job_id, media_ids in named if media.id in media_ids.values()), None)

    async def remove(self, media: Media) -> None:
        """Drop the row, and the idempotency keys that would still answer with it."""
        await self._session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.scope == SCOPE, IdempotencyKey.object_id == media.id)
        )
        await self._session.execute(delete(Media).where(Media.id == media.id))

    def add(self, media: Media) -> None:
        self._session.add(media)

    async def is_used(self, project_id: UUID, key: str) -> bool:
        """Whether something was received under this key."""
        return await self._session.get(IdempotencyKey, (project_id, SCOPE, key)) is not None

    # Objects that are to go, unless somebody adopts them first.

    def discard(self, object_key: str) -> Discarded:
        row = Discarded(object_key=object_key)
        self._session.add(row)
        return row

    async def adopt(self, discarded_id: UUID) -> bool:
        """Take an object back from the sweeper; False when it has already begun to delete it."""
        result = await self._session.execute(
            delete(Discarded).where(Discarded.id == discarded_id, Discarded.created_at != _SWEEPING)
        )
        return _rows(result) == 1

    async def claim(self, discarded_id: UUID) -> bool:
        """Mark an object as being deleted; False when it was adopted or is already going."""
        result = await self._session.execute(
            update(Discarded)
            .where(Discarded.id == discarded_id, Discarded.created_at != _SWEEPING)
            .values(created_at=_SWEEPING)
        )
        return _rows(result) == 1

    async def forget(self, discarded_id: UUID) -> None:
        """The object is gone."""
        await self._session.execute(delete(Discarded).where(Discarded.id == discarded_id))

    async def forget_keys(self, object_keys: Sequence[str]) -> None:
        """The objects are gone."""
        await self._session.execute(delete(Discarded).where(Discarded.object_key.in_(object_keys)))

    async def refresh(self, discarded_id: UUID) -> None:
        """Its writer is still at work: the sweeper waits."""
        await self._session.execute(
            update(Discarded)
            .where(Discarded.id == discarded_id, Discarded.created_at != _SWEEPING)
            .values(created_at=utc_now())
        )

    async def take_for_sweeping(self, older_than: datetime, limit: int) -> Sequence[Discarded]:
        """Mark objects as being deleted, so that `adopt` fails; those of a sweep that died too."""
        rows = (
            await self._session.scalars(
                select(Discarded).where(Discarded.created_at < older_than).order_by(Discarded.id).limit(limit)
            )
        ).all()
        for row in rows:
            row.created_at = _SWEEPING
        return rows


def _rows(result: object) -> int:
    assert isinstance(result, CursorResult)
    return int(result.rowcount)
