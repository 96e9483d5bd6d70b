"""Which project holds an object: a person may be in many, and a link names only the object."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.db.fetch_models import Fetch
from surtitle.db.job_models import Job
from surtitle.db.models import DirectUpload, Media, StoredTranscript, Upload
from surtitle.db.voice_models import KnownVoice
from surtitle.db.webhook_models import Webhook


class Holdings:
    """Answers None for what does not exist or cannot: the route's own 404 then says so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_job(self, job_id: object) -> UUID | None:
        return await self._of(Job.project_id, Job.id, job_id)

    async def of_media(self, media_id: object) -> UUID | None:
        return await self._of(Media.project_id, Media.id, media_id)

    async def of_transcript(self, transcript_id: object) -> UUID | None:
        return await self._of(StoredTranscript.project_id, StoredTranscript.id, transcript_id)

    async def of_voice(self, voice_id: object) -> UUID | None:
        return await self._of(KnownVoice.project_id, KnownVoice.id, voice_id)

    async def of_webhook(self, webhook_id: object) -> UUID | None:
        return await self._of(Webhook.project_id, Webhook.id, webhook_id)

    async def of_fetch(self, fetch_id: object) -> UUID | None:
        return await self._of(Fetch.project_id, Fetch.id, fetch_id)

    async def of_project(self, project_id: object) -> UUID | None:
        """The project itself, if there is one."""
        return await self._of(Project.id, Project.id, project_id)

    async def of_upload(self, upload_id: object) -> UUID | None:
        async with self._database.reading() as session:
            return await session.scalar(select(Upload.project_id).where(Upload.id == str(upload_id)))

    async def of_direct_upload(self, upload_id: object) -> UUID | None:
        async with self._database.reading() as session:
            found = select(DirectUpload.project_id).where(DirectUpload.id == str(upload_id))
            return await session.scalar(found)

    async def _of(
        self, project: InstrumentedAttribute[UUID], key: InstrumentedAttribute[UUID], wanted: object
    ) -> UUID | None:
        try:
            object_id = wanted if isinstance(wanted, UUID) else UUID(str(wanted))
        except ValueError:
            return None
        async with self._database.reading() as session:
            return await session.scalar(select(project).where(key == object_id))
