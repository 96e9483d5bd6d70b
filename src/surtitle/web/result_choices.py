"""The files of a job as people choose among them: to take away, and to give to others."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from surtitle.accounts.links import MOST_SECONDS
from surtitle.db.models import Media
from surtitle.domain.options import TranscriptFormat
from surtitle.domain.recipes import MEETING
from surtitle.jobs.service import JobDetail
from surtitle.pipelines.result_files import formats_of
from surtitle.web.catalogues import mark as _

FORMAT_NAMES = {
    "txt": _("Text"),
    "docx": _("Word document"),
    "md": _("Markdown"),
    "srt": _("Subtitles (SRT)"),
    "vtt": _("Subtitles (WebVTT)"),
    "ass": _("Subtitles (ASS)"),
    "tsv": _("Table of phrases"),
    "json": _("Everything, for programs (JSON)"),
    "rttm": _("Turns of speakers (RTTM)"),
    "mp4": _("Video (MP4)"),
    "mkv": _("Video (Matroska)"),
    "jpg": _("Picture"),
    "gif": _("Moving preview"),
}

KEPT_NAMES = {
    "minutes.md": _("Minutes (Markdown)"),
    "captioned.mp4": _("Captioned video (MP4)"),
    "captioned.mkv": _("Captioned video (Matroska)"),
    "film.mp4": _("Film (MP4)"),
}
"""Files that are more than their ending says."""

RECORDING = "recording"
"""In place of a file's name: the recording as it was sent. No file of a job is called so."""

LASTS = {3600: _("One hour"), 24 * 3600: _("One day"), MOST_SECONDS: _("One week")}
"""How long a link to a file can work; no longer than the service allows."""

_FOR_PROGRAMS = ("json", "rttm", "tsv")
# What people read or play; the rest is for programs, and is asked for by the API.
_FOR_PEOPLE = frozenset({"txt", "docx", "md", "srt", "vtt", "mp4", "mkv", "jpg", "gif"})


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A file. `name`: words to be translated."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class Download:
    """A file and where it is had; `ending` is its format."""

    name: str
    address: str
    ending: str


def downloads_of(detail: JobDetail) -> list[Download]:
    """What can be taken away, the recipe's own first; what only programs read comes last."""
    is_meeting = detail.job.recipe == MEETING

    def place(ending: str) -> tuple[bool, bool]:
        # The minutes and the text together are what people take from a meeting.
        return ending in _FOR_PROGRAMS, is_meeting and ending != "docx"

    return [
        Download(FORMAT_NAMES.get(one, one), _address(detail, one), one)
        for one in sorted(formats_of(detail), key=place)
        # Turns are known of recordings whose speakers were told apart.
        if is_meeting or one != "rttm"
    ]


def _address(detail: JobDetail, ending: str) -> str:
    """Where the format is had as the text reads now: only the files of a meeting know of corrections."""
    corrected = detail.newest_revision is not None and detail.newest_revision > 1
    if corrected and detail.job.recipe != MEETING and ending in set(TranscriptFormat):
        return f"/api/transcripts/{detail.job.transcript_id}/export?format={ending}"
    return f"/api/jobs/{detail.job.id}/result?format={ending}"


def shareable(detail: JobDetail, media: Media | None) -> list[FileChoice]:
    """What a link can lead to: the files that the job keeps, and the recording."""
    kept = [FileChoice(artifact.name, _name(artifact.name)) for artifact in detail.artifacts]
    found = [one for one in kept if PurePosixPath(one.value).suffix[1:] in _FOR_PEOPLE]
    recording = [FileChoice(RECORDING, _("The recording as it was sent"))] if media is not None else []
    return [*found, *recording]


def _name(file: str) -> str:
    ending = PurePosixPath(file).suffix[1:]
    return KEPT_NAMES.get(file) or FORMAT_NAMES.get(ending, file)
