"""What a finished job gives people: files in any format, its text and its minutes."""

import asyncio
from uuid import UUID

from surtitle.db.job_models import Artifact
from surtitle.domain.jobs import JobState
from surtitle.domain.minutes import Minutes
from surtitle.domain.options import TranscriptFormat
from surtitle.domain.recipes import FILM, MEETING
from surtitle.domain.speakers import DIARIZATION_JSON
from surtitle.domain.transcript import Transcript
from surtitle.jobs.errors import ResultNotReady
from surtitle.jobs.service import JobDetail, JobService
from surtitle.media.service import MediaService
from surtitle.pipelines.job_documents import JobDocuments, subtitle_options
from surtitle.pipelines.meeting.errors import NoMinutes
from surtitle.pipelines.meeting.files import MEETING_FILES
from surtitle.pipelines.meeting.reading import MINUTES_JSON, RESULT_JSON, read_meeting
from surtitle.pipelines.meeting.told_apart import require_turns
from surtitle.pipelines.result_files import (
    FILM_FILES,
    KEPT_FILES,
    ResultFile,
    UnknownFormat,
    download_name,
    file_in_memory,
    formats_of,
    kept_file,
)
from surtitle.pipelines.subtitles import cues_for, export
from surtitle.pipelines.subtitles.exports import ExportedFile, media_type_of


class ResultService:
    """Files of jobs. Every method names the project whose jobs it may see."""

    def __init__(self, jobs: JobService, media: MediaService, documents: JobDocuments) -> None:
        self._jobs = jobs
        self._media = media
        self._documents = documents

    async def artifact(self, project_id: UUID, job_id: UUID, name: str) -> ResultFile:
        """A file that the job has kept, named for its recording. Raises `ArtifactNotFound`."""
        artifact = await self._jobs.artifact(project_id, job_id, name)
        detail = await self._jobs.get(project_id, job_id)
        return self._kept(artifact, await self._documents.stem(detail))

    async def recording(self, project_id: UUID, media_id: UUID) -> ResultFile:
        """The recording as it was sent."""
        media = await self._media.get(project_id, media_id)
        return ResultFile(
            name=media.name,
            media_type=media.content_type,
            size_bytes=media.size_bytes,
            sha256=media.sha256,
            open=lambda start, end: self._media.open_source(media, start, end),
            object_key=media.object_key,
        )

    async def result(self, project_id: UUID, job_id: UUID, wanted: str | None) -> ResultFile:
        """The job's result as `wanted`, or as its recipe's own format. Those of a meeting follow the edits
        of its transcript; others are as the job made them.

        Raises `UnknownFormat` naming the formats that there are, `ResultNotReady`, and
        `SpeakersNotToldApart` for turns that nobody knows.
        """
        detail = await self._jobs.get(project_id, job_id)
        formats = formats_of(detail)
        chosen = formats[0] if wanted is None else wanted
        if chosen not in formats:
            raise UnknownFormat(chosen, formats)
        stem = await self._documents.stem(detail)
        if detail.job.recipe == FILM:
            return self._of_film(detail, chosen, stem)
        text_format = TranscriptFormat(chosen) if chosen in set(TranscriptFormat) else None
        if text_format is not None and detail.job.recipe == MEETING:
            return await self._of_meeting(detail, text_format, stem)
        name = KEPT_FILES.get(text_format, "") if text_format else f"captioned.{chosen}"
        if (artifact := kept_file(detail, name)) is not None:
            return self._kept(artifact, stem)
        if text_format is None:
            raise ResultNotReady(job_id, JobState(detail.job.state))
        return await self._made(detail, text_format, stem)

    async def transcript(self, project_id: UUID, job_id: UUID) -> Transcript:
        """What the job heard. Raises `ResultNotReady` before there is a transcript."""
        return await self._documents.transcript(await self._jobs.get(project_id, job_id))

    async def minutes(self, project_id: UUID, job_id: UUID) -> Minutes:
        """The minutes, with the speakers as the transcript names them now.

        Raises `NoMinutes` where there never will be any, and `ResultNotReady` before there are.
        """
        detail = await self._jobs.get(project_id, job_id)
        if not detail.job.options.get("minutes", {}).get("enabled", False):
            raise NoMinutes(job_id, detail.job.recipe)
        kept = {artifact.name: artifact for artifact in detail.artifacts}
        if MINUTES_JSON not in kept:
            raise ResultNotReady(job_id, JobState(detail.job.state))
        transcript = await self._documents.newest_text(detail)
        meeting = await read_meeting(kept, lambda name: self._jobs.read(kept[name]), transcript, None)
        minutes = await asyncio.to_thread(meeting.minutes_now)
        assert minutes is not None, "they were read"
        return minutes

    def _kept(self, artifact: Artifact, stem: str) -> ResultFile:
        return ResultFile(
            name=download_name(stem, artifact.name),
            media_type=artifact.media_type,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            open=lambda start, end: self._jobs.stream(artifact, start, end),
            object_key=artifact.object_key,
        )

    async def _made(self, detail: JobDetail, chosen: TranscriptFormat, stem: str) -> ResultFile:
        if chosen is TranscriptFormat.SRT:
            transcript = await self._documents.transcript(detail)
            cues = await asyncio.to_thread(cues_for, chosen, transcript, subtitle_options(detail))
        else:
            transcript, cues = await self._documents.with_cues(detail)
        if chosen is TranscriptFormat.RTTM:
            require_turns(detail, transcript)
        return file_in_memory(stem, await asyncio.to_thread(export, chosen, transcript, cues, stem))

    def _of_film(self, detail: JobDetail, chosen: str, stem: str) -> ResultFile:
        if (artifact := kept_file(detail, FILM_FILES[chosen])) is None:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        return self._kept(artifact, stem)

    async def _of_meeting(self, detail: JobDetail, chosen: TranscriptFormat, stem: str) -> ResultFile:
        kept = {artifact.name: artifact for artifact in detail.artifacts}
        if chosen is TranscriptFormat.JSON and RESULT_JSON not in kept:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        transcript = await self._documents.newest_text(detail)
        if chosen is TranscriptFormat.RTTM and DIARIZATION_JSON not in kept:
            require_turns(detail, transcript)
        if (make := MEETING_FILES.get(chosen)) is None:
            cues = await asyncio.to_thread(cues_for, chosen, transcript, subtitle_options(detail))
            return file_in_memory(stem, await asyncio.to_thread(export, chosen, transcript, cues, stem))
        meeting = await read_meeting(
            kept, lambda name: self._jobs.read(kept[name]), transcript, detail.newest_revision
        )
        data = await asyncio.to_thread(make, meeting, stem)
        return file_in_memory(stem, ExportedFile(data, media_type_of(chosen), chosen.value))
