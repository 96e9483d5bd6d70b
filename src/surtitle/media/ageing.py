"""Recordings that have had their time."""

from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.accounts.ageing import AgeTally, Going
from surtitle.db.engine import Database
from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.domain.jobs import FINISHED, JobState
from surtitle.domain.keeping import KeepingPlan, KeptKind
from surtitle.errors import NotFound
from surtitle.media.errors import MediaInUse
from surtitle.media.service import MediaService

_BATCH = 200


class MediaAgeing:
    """The `Ageing` of recordings. One counts from its upload, or from the end of the last job on it. Jobs and
    texts that are kept longer stay without it.
    """

    def __init__(self, database: Database, media: MediaService) -> None:
        self._database = database
        self._media = media

    async def going(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[Going]:
        async for media in self._recordings(project_id, plan):
            yield Going("recordings", media.id, media.name, media.size_bytes)

    async def clear(self, project_id: UUID, plan: KeepingPlan, tally: AgeTally) -> None:
        async for media in self._recordings(project_id, plan):
            await self._drop(media, plan, tally)

    async def _drop(self, media: Media, plan: KeepingPlan, tally: AgeTally) -> None:
        async def let_go(session: AsyncSession) -> None:
            # A job that came, ended or was started meanwhile still holds it, and then it stays.
            before = plan.of(KeptKind.RECORDING)
            ended = and_(Job.state.in_(FINISHED), Job.finished_at < before)
            over = or_(ended, _never_started(before))
            await session.execute(update(Job).where(Job.media_id == media.id, over).values(media_id=None))
            await tally(session, "recordings", 1, media.size_bytes)

        with suppress(MediaInUse, NotFound):
            await self._media.delete(media.project_id, media.id, let_go)

    async def _recordings(self, project_id: UUID, plan: KeepingPlan) -> AsyncIterator[Media]:
        """A batch at a time: no session is open while one is deleted."""
        before, after = plan.of(KeptKind.RECORDING), UUID(int=0)
        while before is not None:
            going = and_(Media.project_id == project_id, Media.created_at < before, ~_in_use(before))
            async with self._database.reading() as session:
                query = select(Media).where(going, Media.id > after).order_by(Media.id).limit(_BATCH)
                found = (await session.scalars(query)).all()
            for media in found:
                after = media.id
                yield media
            if len(found) < _BATCH:
                return


def _in_use(before: object) -> ColumnElement[bool]:
    stays = or_(Job.finished_at >= before, Job.finished_at.is_(None) & ~_never_started(before))
    return exists().where(Job.media_id == Media.id, stays)


def _never_started(before: object) -> ColumnElement[bool]:
    return and_(Job.state == JobState.CREATED, Job.created_at < before)
