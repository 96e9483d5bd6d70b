"""A first look at a job: its first cues, and pictures of the moments that they stand in."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from surtitle.config import Settings
from surtitle.db.models import Media
from surtitle.domain.cues import CueSheet
from surtitle.domain.jobs import JobState
from surtitle.domain.options import CaptionStyle
from surtitle.domain.recipes import FILM
from surtitle.domain.transcript import Transcript
from surtitle.jobs.errors import ResultNotReady
from surtitle.jobs.service import JobDetail, JobService
from surtitle.media.service import MediaService
from surtitle.pipelines.job_documents import JobDocuments
from surtitle.pipelines.rendering.errors import UnreadableVideo
from surtitle.pipelines.rendering.picture import extract_frame
from surtitle.pipelines.result_files import FILM_FILES, kept_file
from surtitle.pipelines.subtitles import ass_document
from surtitle.processes import childs_memory_bytes
from surtitle.storage import ObjectStore

# Each frame starts an ffmpeg of its own.
_FRAMES_AT_ONCE = 2
_FRAME_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Preview:
    """The first cues of a job, and the moment of the picture that shows the first of them.

    `frame_seconds` is None when the recording has no picture.
    """

    transcript: Transcript
    cues: CueSheet
    frame_seconds: float | None


class Previews:
    """First looks at jobs. Every method names the project whose jobs it may see."""

    def __init__(
        self, jobs: JobService, documents: JobDocuments, media: MediaService, *, store: ObjectStore,
        settings: Settings, frame_seconds: float = _FRAME_SECONDS,
    ) -> None:  # fmt: skip
        self._jobs = jobs
        self._documents = documents
        self._media = media
        self._store = store
        self._settings = settings
        self._frame_seconds = frame_seconds
        self._frames = asyncio.Semaphore(_FRAMES_AT_ONCE)

    async def preview(self, project_id: UUID, job_id: UUID) -> Preview:
        """A first look. Raises `ResultNotReady` before there is a transcript."""
        detail = await self._jobs.get(project_id, job_id)
        transcript, cues = await self._documents.with_cues(detail)
        first = cues.cues[0] if cues.cues else None
        middle = (first.start_seconds + first.end_seconds) / 2 if first else transcript.duration_seconds / 2
        media = await self._documents.recording(detail)
        has_picture = media is not None and bool(media.probe.get("video"))
        return Preview(transcript, cues, round(middle, 3) if has_picture else None)

    async def frame(self, project_id: UUID, job_id: UUID, at_seconds: float) -> bytes:
        """The picture at a moment as JPEG, with the caption that stands there drawn in; of a film its poster.

        Raises `NoPicture` or `NoFrameThere`, and `ResultNotReady` before there is a transcript.
        """
        detail = await self._jobs.get(project_id, job_id)
        if detail.job.recipe == FILM:
            return await self._poster(detail)
        _, cues = await self._documents.with_cues(detail)
        media = await self._documents.recording(detail)
        if media is None:
            raise ResultNotReady(job_id, JobState(detail.job.state))
        captions = _drawn(cues, detail, media)
        scratch = self._settings.scratch_directory
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        async with self._frames, self._store.as_file(media.object_key, scratch) as source:
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                picture = Path(folder) / "frame.jpg"
                await self._draw(source, at_seconds, picture, captions)
                return await asyncio.to_thread(picture.read_bytes)

    async def _draw(self, source: Path, at_seconds: float, output: Path, captions: str | None) -> None:
        """What somebody sent is decoded in children alone, which end when they take too much or too long."""
        try:
            async with asyncio.timeout(self._frame_seconds):
                await extract_frame(
                    source,
                    at_seconds,
                    output,
                    settings=self._settings.rendering,
                    ass=captions,
                    facts=await self._media.inspect(source),
                    memory_bytes=childs_memory_bytes(),
                )
        except TimeoutError:
            reason = f"drawing a picture of it takes longer than {self._frame_seconds:.0f} seconds"
            raise UnreadableVideo(source, reason) from None

    async def _poster(self, detail: JobDetail) -> bytes:
        if (artifact := kept_file(detail, FILM_FILES["jpg"])) is None:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        return await self._jobs.read(artifact)


def _drawn(cues: CueSheet, detail: JobDetail, media: Media) -> str | None:
    picture = media.probe.get("video")
    if picture is None:
        return None
    style = CaptionStyle.model_validate(detail.job.options.get("video", {}).get("style", {}))
    return ass_document(cues, style, width=picture["width"], height=picture["height"])
