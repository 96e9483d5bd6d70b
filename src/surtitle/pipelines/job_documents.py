"""What a job has heard, and the recording that it heard: read for every way to show them."""

import asyncio
from pathlib import PurePosixPath

from surtitle.db.models import Media
from surtitle.domain.cues import CueSheet
from surtitle.domain.jobs import JobState
from surtitle.domain.options import SubtitleOptions
from surtitle.domain.transcript import Transcript
from surtitle.jobs.errors import ResultNotReady
from surtitle.jobs.service import JobDetail, JobService
from surtitle.media.service import MediaService
from surtitle.pipelines.result_files import TRANSCRIPT, kept_file
from surtitle.pipelines.subtitles import make_cues, read_cues
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.schema import read_transcript

_CUES = "cues.json"


class JobDocuments:
    """The documents of jobs that the caller was allowed to see."""

    def __init__(self, jobs: JobService, media: MediaService, archive: RevisionArchive) -> None:
        self._jobs = jobs
        self._media = media
        self._archive = archive

    async def transcript(self, detail: JobDetail) -> Transcript:
        """What the job heard. Raises `ResultNotReady` before there is a transcript."""
        kept = kept_file(detail, TRANSCRIPT)
        if kept is None:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        return await asyncio.to_thread(read_transcript, await self._jobs.read(kept))

    async def newest_text(self, detail: JobDetail) -> Transcript:
        """The same with the edits that people have made since. Raises `ResultNotReady`."""
        if kept_file(detail, TRANSCRIPT) is None or detail.newest_revision is None:
            return await self.transcript(detail)
        assert detail.job.transcript_id is not None, "it has a revision"
        return await self._archive.read(detail.job.transcript_id, detail.newest_revision)

    async def with_cues(self, detail: JobDetail) -> tuple[Transcript, CueSheet]:
        """The transcript and its cues; cues are made on the spot for a job that was not asked for any."""
        transcript = await self.transcript(detail)
        if (kept_cues := kept_file(detail, _CUES)) is not None:
            return transcript, await asyncio.to_thread(read_cues, await self._jobs.read(kept_cues))
        return transcript, await asyncio.to_thread(make_cues, transcript, subtitle_options(detail))

    async def recording(self, detail: JobDetail) -> Media | None:
        """None where the job listens to nothing, or its recording was erased."""
        if detail.job.media_id is None:
            return None
        return await self._media.get(detail.job.project_id, detail.job.media_id)

    async def stem(self, detail: JobDetail) -> str:
        """What the job's files are called, without their endings."""
        media = await self.recording(detail)
        name = media.name if media else detail.text_name
        return PurePosixPath(name).stem if name else f"job-{detail.job.id}"


def subtitle_options(detail: JobDetail) -> SubtitleOptions:
    """How the job was asked to make subtitles; as usual for one that was not asked for any."""
    return SubtitleOptions.model_validate(detail.job.options.get("subtitles", {}))
