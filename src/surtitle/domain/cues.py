"""A cue: the text that stands on the screen at one time."""

from dataclasses import dataclass

from surtitle.domain.transcript import Word

CUES_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Cue:
    """One subtitle. `lines` is what is shown, top first; `words` are what was said, in order.

    Each line's words are `words[a:b]` with the boundaries in `line_breaks` (the index of the
    first word of every line after the first), so a karaoke effect can light them one by one.
    """

    start_seconds: float
    end_seconds: float
    lines: tuple[str, ...]
    words: tuple[Word, ...] = ()
    line_breaks: tuple[int, ...] = ()
    speaker: str | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def duration_seconds(self) -> float:
        return self.end_seconds - self.start_seconds


@dataclass(frozen=True, slots=True)
class CueSheet:
    """All cues of one recording, in order, never overlapping."""

    language: str | None
    cues: tuple[Cue, ...]
    schema_version: int = CUES_SCHEMA_VERSION
