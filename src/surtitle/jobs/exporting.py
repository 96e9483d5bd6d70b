"""Jobs as part of what a person takes along."""

from collections.abc import AsyncIterator, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import select

from surtitle.accounts.export import ExportedFile, columns, json_file, projects_of
from surtitle.accounts.zip_stream import zip_name
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job, JobStep
from surtitle.jobs.filters import WHOLE
from surtitle.jobs.repository import JobRepository
from surtitle.jobs.service import JobService

_BATCH = 100
_PACKED_BY_NATURE = ("video/", "audio/", "image/")
_OF_JOB = (
    "id", "project_id", "surface", "recipe", "media_id", "transcript_id", "transcript_revision", "options",
    "state", "priority", "warnings", "error_kind", "error_detail", "media_seconds", "processing_seconds",
    "created_at", "queued_at", "started_at", "finished_at",
)  # fmt: skip
_OF_WISH = ("id", "project_id", "surface", "recipe", "media_id", "options", "created_at")
_OF_STEP = ("name", "state", "error", "seconds")


class JobExport:
    """The `Exportable` of jobs: a folder each, with a document and the files that people may have. Of a
    project that the person has left, only what they asked for: a job may have been run again since.
    """

    def __init__(self, database: Database, jobs: JobService) -> None:
        self._database = database
        self._jobs = jobs

    async def files(self, user_id: UUID) -> AsyncIterator[ExportedFile]:
        after = UUID(int=0)
        while True:
            async with self._database.reading() as session:
                query = select(Job).where(Job.created_by == user_id, WHOLE, Job.id > after)
                rows = (await session.scalars(query.order_by(Job.id).limit(_BATCH))).all()
                joined = await projects_of(session, user_id)
            for job in rows:
                after = job.id
                if job.project_id not in joined:
                    yield json_file(f"jobs/{job.id}/job.json", job.created_at, columns(job, _OF_WISH))
                    continue
                async for file in self._of_job(job):
                    yield file
            if len(rows) < _BATCH:
                return

    async def _of_job(self, job: Job) -> AsyncIterator[ExportedFile]:
        async with self._database.reading() as session:
            steps = await JobRepository(session).steps(job.id)
            artifacts = await JobRepository(session).results(job.id)
        yield json_file(f"jobs/{job.id}/job.json", job.created_at, _document(job, steps))
        for artifact in artifacts:
            yield self._file(job, artifact)

    def _file(self, job: Job, artifact: Artifact) -> ExportedFile:
        return ExportedFile(
            f"jobs/{job.id}/files/{zip_name(artifact.name)}",
            artifact.created_at,
            artifact.size_bytes,
            packed=not artifact.media_type.startswith(_PACKED_BY_NATURE),
            open=partial(self._jobs.stream, artifact),
        )


def _document(job: Job, steps: Sequence[JobStep]) -> dict[str, object]:
    return {**columns(job, _OF_JOB), "steps": [columns(step, _OF_STEP) for step in steps]}
