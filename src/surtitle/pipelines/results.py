"""What a finished job gives people: files in any format, and a first look."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from surtitle.config import Settings
from surtitle.db.job_models import Artifact
from surtitle.db.models import Media
from surtitle.domain.cues import CueSheet
from surtitle.domain.jobs import JobState
from surtitle.domain.minutes import Minutes
from surtitle.domain.options import CaptionStyle, SubtitleOptions, TranscriptFormat
from surtitle.domain.recipes import FILM, MEETING, RECIPES, StepName
from surtitle.domain.speakers import DIARIZATION_JSON
from surtitle.domain.transcript import Transcript
from surtitle.errors import Invalid
from surtitle.jobs.errors import ResultNotReady
from surtitle.jobs.service import JobDetail, JobService
from surtitle.media.names import safe_name
from surtitle.media.service import MediaService
from surtitle.pipelines.meeting.errors import NoMinutes
from surtitle.pipelines.meeting.files import MEETING_FILES
from surtitle.pipelines.meeting.reading import MINUTES_JSON, RESULT_JSON, read_meeting
from surtitle.pipelines.meeting.told_apart import require_turns
from surtitle.pipelines.rendering.picture import extract_frame
from surtitle.pipelines.subtitles import ass_document, cues_for, export, make_cues, read_cues
from surtitle.pipelines.subtitles.exports import ExportedFile, media_type_of
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.schema import read_transcript

TRANSCRIPT = "transcript.json"
CUES = "cues.json"
# Kept as files of their own by the steps that make them; every other format is made when it is asked for.
_KEPT = {
    TranscriptFormat.TXT: "transcript.txt",
    TranscriptFormat.JSON: TRANSCRIPT,
    TranscriptFormat.SRT: "subtitles.srt",
    TranscriptFormat.VTT: "subtitles.vtt",
}
_FILM_FILES = {
    "mp4": "film.mp4",
    "srt": "film.srt",
    "jpg": "poster.jpg",
    "gif": "preview.gif",
    "json": "script.json",
}
# A player finds `talk.srt` beside `talk.mp4` by itself, so these take the recording's bare name.
_BARE_NAMES = frozenset({*_KEPT.values(), *_FILM_FILES.values()})
_PLAYED = ("audio/", "video/")
# Each frame starts an ffmpeg of its own.
_FRAMES_AT_ONCE = 2


class UnknownFormat(Invalid):
    """The job's recipe makes no such file."""

    slug = "unknown-format"

    def __init__(self, wanted: str, formats: list[str]) -> None:
        super().__init__(
            f"This job cannot be had as {wanted[:40]!r}; ask for one of: {', '.join(formats)}.",
            field="format",
            formats=formats,
        )


@dataclass(frozen=True, slots=True)
class ResultFile:
    """A file ready to be sent. `open(start, end)` streams its bytes `[start, end)`; `sha256` is hex.

    `object_key` is where it lies in the store; None for what was made on the spot.
    """

    name: str
    media_type: str
    size_bytes: int
    sha256: str
    open: Callable[[int, int], AsyncIterator[bytes]]
    object_key: str | None = None

    @property
    def is_played(self) -> bool:
        """Whether browsers play it in a page; anything else is saved, and never shown as a page."""
        return self.media_type.startswith(_PLAYED)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first cues of a job, and the moment of the picture that shows the first of them.

    `frame_seconds` is None when the recording has no picture.
    """

    transcript: Transcript
    cues: CueSheet
    frame_seconds: float | None


class ResultService:
    """Files and previews of jobs. Every method names the project whose jobs it may see."""

    def __init__(
        self,
        jobs: JobService,
        media: MediaService,
        store: ObjectStore,
        settings: Settings,
        archive: RevisionArchive,
    ) -> None:
        self._jobs = jobs
        self._media = media
        self._store = store
        self._settings = settings
        self._archive = archive
        self._frames = asyncio.Semaphore(_FRAMES_AT_ONCE)

    async def artifact(self, project_id: UUID, job_id: UUID, name: str) -> ResultFile:
        """A file that the job has kept, named for its recording. Raises `ArtifactNotFound`."""
        artifact = await self._jobs.artifact(project_id, job_id, name)
        detail = await self._jobs.get(project_id, job_id)
        return self._kept(artifact, await self._stem(detail))

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
        stem = await self._stem(detail)
        if detail.job.recipe == FILM:
            return self._of_film(detail, chosen, stem)
        text_format = TranscriptFormat(chosen) if chosen in set(TranscriptFormat) else None
        if text_format is not None and detail.job.recipe == MEETING:
            return await self._of_meeting(detail, text_format, stem)
        name = _KEPT.get(text_format, "") if text_format else f"captioned.{chosen}"
        if (artifact := _find(detail, name)) is not None:
            return self._kept(artifact, stem)
        if text_format is None:
            raise ResultNotReady(job_id, JobState(detail.job.state))
        return await self._made(detail, text_format, stem)

    async def transcript(self, project_id: UUID, job_id: UUID) -> Transcript:
        """What the job heard. Raises `ResultNotReady` before there is a transcript."""
        return await self._transcript(await self._jobs.get(project_id, job_id))

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
        transcript = await self._newest_text(detail)
        meeting = await read_meeting(
            [MINUTES_JSON], lambda name: self._jobs.read(kept[name]), transcript, None
        )
        minutes = meeting.minutes_now()
        assert minutes is not None, "they were read"
        return minutes

    async def preview(self, project_id: UUID, job_id: UUID) -> Preview:
        """A first look. Raises `ResultNotReady` before there is a transcript."""
        detail = await self._jobs.get(project_id, job_id)
        transcript, cues = await self._documents(detail)
        first = cues.cues[0] if cues.cues else None
        middle = (first.start_seconds + first.end_seconds) / 2 if first else transcript.duration_seconds / 2
        media = await self._recording(detail)
        has_picture = media is not None and bool(media.probe.get("video"))
        return Preview(transcript, cues, round(middle, 3) if has_picture else None)

    async def frame(self, project_id: UUID, job_id: UUID, at_seconds: float) -> bytes:
        """The picture at a moment as JPEG, with the caption that stands there drawn in; of a film its poster.

        Raises `NoPicture` or `NoFrameThere`, and `ResultNotReady` before there is a transcript.
        """
        detail = await self._jobs.get(project_id, job_id)
        if detail.job.recipe == FILM:
            return await self._poster(detail)
        _, cues = await self._documents(detail)
        media = await self._recording(detail)
        if media is None:
            raise ResultNotReady(job_id, JobState(detail.job.state))
        captions = _drawn(cues, detail, media)
        scratch = self._settings.scratch_directory
        await asyncio.to_thread(scratch.mkdir, parents=True, exist_ok=True)
        async with self._frames, self._store.as_file(media.object_key, scratch) as source:
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                picture = Path(folder) / "frame.jpg"
                await extract_frame(
                    source, at_seconds, picture, settings=self._settings.rendering, ass=captions
                )
                return await asyncio.to_thread(picture.read_bytes)

    def _kept(self, artifact: Artifact, stem: str) -> ResultFile:
        return ResultFile(
            name=_download_name(stem, artifact.name),
            media_type=artifact.media_type,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            open=lambda start, end: self._jobs.stream(artifact, start, end),
            object_key=artifact.object_key,
        )

    async def _made(self, detail: JobDetail, chosen: TranscriptFormat, stem: str) -> ResultFile:
        if chosen is TranscriptFormat.SRT:
            transcript = await self._transcript(detail)
            cues = await asyncio.to_thread(cues_for, chosen, transcript, SubtitleOptions())
        else:
            transcript, cues = await self._documents(detail)
        if chosen is TranscriptFormat.RTTM:
            require_turns(detail, transcript)
        return file_in_memory(stem, await asyncio.to_thread(export, chosen, transcript, cues, stem))

    def _of_film(self, detail: JobDetail, chosen: str, stem: str) -> ResultFile:
        if (artifact := _find(detail, _FILM_FILES[chosen])) is None:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        return self._kept(artifact, stem)

    async def _poster(self, detail: JobDetail) -> bytes:
        if (artifact := _find(detail, _FILM_FILES["jpg"])) is None:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        return await self._jobs.read(artifact)

    async def _of_meeting(self, detail: JobDetail, chosen: TranscriptFormat, stem: str) -> ResultFile:
        kept = {artifact.name: artifact for artifact in detail.artifacts}
        if chosen is TranscriptFormat.JSON and RESULT_JSON not in kept:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        transcript = await self._newest_text(detail)
        if chosen is TranscriptFormat.RTTM and DIARIZATION_JSON not in kept:
            require_turns(detail, transcript)
        if (make := MEETING_FILES.get(chosen)) is None:
            options = SubtitleOptions.model_validate(detail.job.options.get("subtitles", {}))
            cues = await asyncio.to_thread(cues_for, chosen, transcript, options)
            return file_in_memory(stem, await asyncio.to_thread(export, chosen, transcript, cues, stem))
        meeting = await read_meeting(
            kept, lambda name: self._jobs.read(kept[name]), transcript, detail.newest_revision
        )
        data = await asyncio.to_thread(make, meeting, stem)
        return file_in_memory(stem, ExportedFile(data, media_type_of(chosen), chosen.value))

    async def _newest_text(self, detail: JobDetail) -> Transcript:
        if _find(detail, TRANSCRIPT) is None or detail.newest_revision is None:
            return await self._transcript(detail)
        assert detail.job.transcript_id is not None, "it has a revision"
        return await self._archive.read(detail.job.transcript_id, detail.newest_revision)

    async def _documents(self, detail: JobDetail) -> tuple[Transcript, CueSheet]:
        """The transcript and its cues; cues are made on the spot for a job that was not asked for any."""
        transcript = await self._transcript(detail)
        if (kept_cues := _find(detail, CUES)) is not None:
            return transcript, await asyncio.to_thread(read_cues, await self._jobs.read(kept_cues))
        return transcript, await asyncio.to_thread(make_cues, transcript, SubtitleOptions())

    async def _transcript(self, detail: JobDetail) -> Transcript:
        kept = _find(detail, TRANSCRIPT)
        if kept is None:
            raise ResultNotReady(detail.job.id, JobState(detail.job.state))
        return await asyncio.to_thread(read_transcript, await self._jobs.read(kept))

    async def _recording(self, detail: JobDetail) -> Media | None:
        if detail.job.media_id is None:
            return None
        return await self._media.get(detail.job.project_id, detail.job.media_id)

    async def _stem(self, detail: JobDetail) -> str:
        media = await self._recording(detail)
        name = media.name if media else detail.text_name
        return PurePosixPath(name).stem if name else f"job-{detail.job.id}"


def file_in_memory(stem: str, made: ExportedFile) -> ResultFile:
    """A file that was made on the spot, named `stem` with its own ending."""
    return ResultFile(
        name=safe_name(f"{stem}.{made.extension}"),
        media_type=made.media_type,
        size_bytes=len(made.data),
        sha256=hashlib.sha256(made.data).hexdigest(),
        open=lambda start, end: _piece(made.data, start, end),
    )


def formats_of(detail: JobDetail) -> list[str]:
    """The formats that a job can be had as, its recipe's own first."""
    recipe = RECIPES[detail.job.recipe]
    if recipe.name == FILM:
        return list(_FILM_FILES)
    formats = [item.value for item in TranscriptFormat]
    if any(step.name is StepName.RENDERING for step in recipe.steps):
        formats.insert(0, detail.job.options["video"]["container"])
        return formats
    own = PurePosixPath(recipe.result).suffix[1:]
    return [own, *(item for item in formats if item != own)]


def _find(detail: JobDetail, name: str) -> Artifact | None:
    return next((artifact for artifact in detail.artifacts if artifact.name == name), None)


def _download_name(stem: str, artifact_name: str) -> str:
    ending = PurePosixPath(artifact_name).suffix if artifact_name in _BARE_NAMES else f".{artifact_name}"
    return safe_name(stem + ending)


def _drawn(cues: CueSheet, detail: JobDetail, media: Media) -> str | None:
    picture = media.probe.get("video")
    if picture is None:
        return None
    style = CaptionStyle.model_validate(detail.job.options.get("video", {}).get("style", {}))
    return ass_document(cues, style, width=picture["width"], height=picture["height"])


async def _piece(data: bytes, start: int, end: int) -> AsyncIterator[bytes]:
    yield data[start:end]
