"""The files that a job can be had as: their names, their types, and their bytes."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from surtitle.db.job_models import Artifact
from surtitle.domain.options import TranscriptFormat
from surtitle.domain.recipes import FILM, RECIPES, StepName
from surtitle.errors import Invalid
from surtitle.jobs.service import JobDetail
from surtitle.media.names import safe_name
from surtitle.pipelines.subtitles.exports import ExportedFile

TRANSCRIPT = "transcript.json"
KEPT_FILES = {
    TranscriptFormat.TXT: "transcript.txt",
    TranscriptFormat.JSON: TRANSCRIPT,
    TranscriptFormat.SRT: "subtitles.srt",
    TranscriptFormat.VTT: "subtitles.vtt",
}
"""Made by the steps of a job; every other format of a text is made when it is asked for."""

FILM_FILES = {
    "mp4": "film.mp4",
    "srt": "film.srt",
    "jpg": "poster.jpg",
    "gif": "preview.gif",
    "json": "script.json",
}
# A player finds `talk.srt` beside `talk.mp4` by itself, so these take the recording's bare name.
_BARE_NAMES = frozenset({*KEPT_FILES.values(), *FILM_FILES.values()})
_PLAYED = ("audio/", "video/")


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
        return list(FILM_FILES)
    formats = [item.value for item in TranscriptFormat]
    if any(step.name is StepName.RENDERING for step in recipe.steps):
        formats.insert(0, detail.job.options["video"]["container"])
        return formats
    own = PurePosixPath(recipe.result).suffix[1:]
    return [own, *(item for item in formats if item != own)]


def kept_file(detail: JobDetail, name: str) -> Artifact | None:
    """The file of that name that the job has kept for people."""
    return next((artifact for artifact in detail.artifacts if artifact.name == name), None)


def download_name(stem: str, artifact_name: str) -> str:
    """What a kept file is saved as by whoever fetches it."""
    ending = PurePosixPath(artifact_name).suffix if artifact_name in _BARE_NAMES else f".{artifact_name}"
    return safe_name(stem + ending)


async def _piece(data: bytes, start: int, end: int) -> AsyncIterator[bytes]:
    yield data[start:end]
