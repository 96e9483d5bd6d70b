"""Any revision of a transcript as a file in any format."""

import asyncio
from pathlib import PurePosixPath
from uuid import UUID

from surtitle.domain.options import SubtitleOptions, TranscriptFormat
from surtitle.domain.transcript import Transcript
from surtitle.pipelines.results import ResultFile, file_in_memory
from surtitle.pipelines.subtitles import cues_for, export
from surtitle.pipelines.subtitles.exports import ExportedFile
from surtitle.transcripts.service import TranscriptService


class RevisionFiles:
    """Exports of transcripts. Every call names the project whose transcripts it may see."""

    def __init__(self, transcripts: TranscriptService) -> None:
        self._transcripts = transcripts

    async def export(
        self, project_id: UUID, transcript_id: UUID, wanted: TranscriptFormat, revision: int | None = None
    ) -> ResultFile:
        """The text of a revision, the newest when none is named. The same one gives the same bytes.

        Raises `TranscriptNotFound`, `RevisionNotFound`.
        """
        found = await self._transcripts.text(project_id, transcript_id, revision)
        stem = PurePosixPath(found.stored.name).stem
        return file_in_memory(stem, await asyncio.to_thread(_made, wanted, found.transcript, stem))


def _made(wanted: TranscriptFormat, transcript: Transcript, title: str) -> ExportedFile:
    return export(wanted, transcript, cues_for(wanted, transcript, SubtitleOptions()), title)
