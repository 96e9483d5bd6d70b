"""What kinds of things an installation keeps, and for how long each stays."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class KeptKind(StrEnum):
    """What can be kept for a time of its own. What has none follows `everything`."""

    EVERYTHING = "everything"
    RECORDING = "recording"
    CAPTIONED_VIDEO = "captioned-video"
    FILM = "film"
    SUBTITLES = "subtitles"
    TRANSCRIPT = "transcript"
    """What was said: documents that people edit, and the texts, speakers and minutes of jobs."""
    WORKING_FILE = "working-file"
    """What only a job that runs again could use."""


RESULT_FILES: Mapping[KeptKind, tuple[str, ...]] = {
    KeptKind.CAPTIONED_VIDEO: ("captioned.mp4", "captioned.mkv"),
    KeptKind.FILM: ("film.mp4", "film.srt", "poster.jpg", "preview.gif", "script.json"),
    KeptKind.SUBTITLES: ("cues.json", "subtitles.srt", "subtitles.vtt", "subtitles.ass"),
    KeptKind.TRANSCRIPT: (
        "transcript.json",
        "transcript.txt",
        "result.json",
        "minutes.json",
        "minutes.md",
        "diarization.json",
        "speakers.json",
    ),
}
"""A job's files for people, by the names that its steps give them. Any other goes with its job."""

FILE_KINDS = (*RESULT_FILES, KeptKind.WORKING_FILE)
"""The kinds that are files of jobs."""


@dataclass(frozen=True, slots=True)
class KeepingPlan:
    """By kind the moment before which things go; None: they stay. `everything` stands for those not named."""

    before: Mapping[KeptKind, datetime | None]

    def of(self, kind: KeptKind) -> datetime | None:
        """Before when things of this kind go."""
        return self.before.get(kind, self.before.get(KeptKind.EVERYTHING))

    def kept_longer(self, kind: KeptKind) -> bool:
        """Whether things of this kind stay when everything else of a job has had its time."""
        everything, own = self.before.get(KeptKind.EVERYTHING), self.of(kind)
        return everything is not None and (own is None or own < everything)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can go."""
        return all(moment is None for moment in self.before.values())

    def as_json(self) -> dict[str, str | None]:
        return {kind: moment.isoformat() if moment else None for kind, moment in self.before.items()}

    @classmethod
    def from_json(cls, told: Mapping[str, str | None]) -> "KeepingPlan":
        return cls({KeptKind(kind): datetime.fromisoformat(at) if at else None for kind, at in told.items()})


def plan_by_days(days: Mapping[KeptKind, float | None], now: datetime) -> KeepingPlan:
    """The plan as of `now` of those who keep each kind for so many days; None: for ever."""
    return KeepingPlan({kind: None if of is None else now - timedelta(days=of) for kind, of in days.items()})


def plan_for(kinds: Iterable[KeptKind], before: datetime) -> KeepingPlan:
    """The plan by which only these kinds go, or everything if there are none."""
    return KeepingPlan(dict.fromkeys(kinds, before) or {KeptKind.EVERYTHING: before})
