"""How somebody sounds, forgotten without being asked: when a consent is over, or a meeting."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Discarded
from surtitle.db.voice_models import Voiceprint
from surtitle.domain.jobs import FINISHED
from surtitle.media.repository import MediaRepository
from surtitle.pipelines.voices.places import HOLDS_VOICES
from surtitle.pipelines.voices.repository import VoiceRepository
from surtitle.storage import ObjectStore

_ENDED = select(Job.id).join(Artifact, Artifact.job_id == Job.id).where(HOLDS_VOICES, Job.state.in_(FINISHED))


class VoiceForgetting:
    """May die between any two lines: called again, it does the rest."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store

    async def forget_expired(self, kept: timedelta) -> int:
        """Drop what is known of the voices whose consent ended longer ago than that; how many clips went."""
        async with self._database.writing() as session:
            expired = await VoiceRepository(session).expired(utc_now() - kept)
            ids = [voice_id for _, voice_id in expired]
            rows = (await session.scalars(select(Voiceprint).where(Voiceprint.voice_id.in_(ids)))).all()
            for row in rows:
                await session.delete(row)
        if rows:
            await self._database.drop_traces()
        return len(rows)

    async def anything_held(self) -> bool:
        """Whether a meeting that has ended still holds what its speakers sound like."""
        async with self._database.reading() as session:
            return await session.scalar(_ENDED.limit(1)) is not None

    async def forget_meetings(self, project_id: UUID | None = None) -> int:
        """Drop what the speakers of ended meetings sound like, in a project or in all; how many meetings that
        were. One that succeeds drops it in that moment; one that fails or is cancelled may end in many ways.
        """
        mine = [] if project_id is None else [Job.project_id == project_id]
        keys = await self._let_go(mine)
        for key in keys:
            await self._store.delete(key)
        async with self._database.writing() as session:
            await MediaRepository(session).forget_keys(keys)
        return len(keys)

    async def _let_go(self, mine: Sequence[ColumnElement[bool]]) -> Sequence[str]:
        async with self._database.writing() as session:
            # Held, so that none begins to run again while it is looked at: it would miss the file.
            ended = await session.scalars(_ENDED.where(*mine).with_for_update(of=Job))
            going = Artifact.job_id.in_(ended.all()), HOLDS_VOICES
            rows = await session.scalars(delete(Artifact).where(*going).returning(Artifact.object_key))
            keys = rows.all()
            session.add_all(Discarded(object_key=key) for key in keys)
        return keys
