"""Any revision of a transcript as a file in any format."""

import asyncio
from pathlib import PurePosixPath
from uuid import UUID

from surtitle.db.models import StoredTranscript
from surtitle.domain.options import SubtitleOptions, TranscriptFormat
from surtitle.domain.recipes import MEETING
from surtitle.domain.transcript import Transcript
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.service import JobService
from surtitle.pipelines.job_documents import subtitle_options
from surtitle.pipelines.result_files import ResultFile, file_in_memory
from surtitle.pipelines.subtitles import cues_for, export
from surtitle.pipelines.subtitles.exports import ExportedFile
from surtitle.transcripts.errors import SpeakersNotToldApart
from surtitle.transcripts.service import TranscriptService


class RevisionFiles:
    """Exports of transcripts. Every call names the project whose transcripts it may see."""

    def __init__(self, transcripts: TranscriptService, jobs: JobService) -> None:
        self._transcripts = transcripts
        self._jobs = jobs

    async def export(
        self,
        project_id: UUID,
        transcript_id: UUID,
        wanted: TranscriptFormat,
        revision: int | None = None,
        *,
        job_id: UUID | None = None,
    ) -> ResultFile:
        """The text of a revision, the newest when none is named. Subtitles are as that job was asked for
        them, or the one that made the transcript; as usual where there is neither.

        Raises `TranscriptNotFound`, `RevisionNotFound`, `JobNotFound` for a `job_id`, and
        `SpeakersNotToldApart` for turns that nobody knows.
        """
        found = await self._transcripts.text(project_id, transcript_id, revision)
        if wanted is TranscriptFormat.RTTM:
            _require_speakers(transcript_id, found.transcript)
        stem = PurePosixPath(found.stored.name).stem
        if job_id is None:
            options = await self._own_options(found.stored)
        else:
            options = subtitle_options(await self._jobs.get(project_id, job_id))
        return file_in_memory(stem, await asyncio.to_thread(_made, wanted, found.transcript, options, stem))

    async def _own_options(self, stored: StoredTranscript) -> SubtitleOptions:
        if stored.job_id is None:
            return SubtitleOptions()
        try:
            return subtitle_options(await self._jobs.get(stored.project_id, stored.job_id))
        except JobNotFound:
            # It was deleted a moment ago, and its text has outlived it.
            return SubtitleOptions()


def _made(
    wanted: TranscriptFormat, transcript: Transcript, options: SubtitleOptions, title: str
) -> ExportedFile:
    return export(wanted, transcript, cues_for(wanted, transcript, options), title)


def _require_speakers(transcript_id: UUID, transcript: Transcript) -> None:
    """Words without speakers must not pass for a recording in which nobody speaks."""
    if transcript.segments and all(segment.speaker is None for segment in transcript.segments):
        raise SpeakersNotToldApart(
            f"transcript {transcript_id}",
            "No segment of it names who speaks.",
            f"Start a job with the recipe {MEETING!r} on its recording, or say who speaks with the operation "
            f"`set_segments` to `POST /api/transcripts/{transcript_id}/revisions`.",
        )
