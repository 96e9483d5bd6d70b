"""Films: the script, what is said in it, and what an engine is asked to draw.

Sizes are pixels, times seconds of the film. What a person may ask for is `domain.options.FilmJobOptions`; a
`FilmRequest` is what became of it: every choice settled, every file on this machine.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from surtitle.domain.options import CaptionStyle
from surtitle.domain.transcript import Word


class Template(StrEnum):
    """How a scene of a storyboard is laid out."""

    TITLE = "title"
    STATEMENT = "statement"
    LIST = "list"
    QUOTE = "quote"
    NUMBER = "number"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture of a film, and what is said to it.

    `lines` are what stands in it besides the heading: the points of a list, the words of a quote, what a
    number counts. `emphasis` are words of `heading` or `lines` that stand out. `narration` is empty where
    nobody speaks; the scene then lasts `seconds`, which is otherwise what the narration takes.
    """

    template: Template
    heading: str = ""
    lines: tuple[str, ...] = ()
    emphasis: tuple[str, ...] = ()
    narration: str = ""
    seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class FilmScript:
    """Scenes in order. `language` is that of the narration (ISO 639-1)."""

    title: str
    language: str
    scenes: tuple[Scene, ...]
    writer: str | None = None
    """The language model that wrote it; None: it was cut from the prompt."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A scene with its place in the film."""

    scene: Scene
    start_seconds: float
    end_seconds: float


@dataclass(frozen=True, slots=True)
class Brand:
    """A user's own looks. Colours are #RRGGBB; None and no file: those of the template."""

    background: str | None = None
    text: str | None = None
    accent: str | None = None
    font: str | None = None
    logo: Path | None = None


@dataclass(frozen=True, slots=True)
class FilmRequest:
    """What an engine is to draw: a picture without sound, `duration_seconds` long.

    `words` are what is said, with their times: they lead the scenes. `sound` is what is heard (16-bit mono
    WAV), for what moves with it; None where nobody speaks. `speakers` names who says each of `words`, where
    that is known. `captions` is None where none are to be drawn into the picture.
    """

    prompt: str
    width: int
    height: int
    frames_per_second: int
    duration_seconds: float
    seed: int = 0
    negative_prompt: str = ""
    model: str | None = None
    title: str = ""
    language: str = "en"
    shots: tuple[Shot, ...] = ()
    words: tuple[Word, ...] = ()
    speakers: tuple[str | None, ...] = ()
    sound: Path | None = None
    pictures: tuple[Path, ...] = ()
    captions: CaptionStyle | None = None
    brand: Brand = Brand()

    @property
    def frame_count(self) -> int:
        return max(1, round(self.duration_seconds * self.frames_per_second))


@dataclass(frozen=True, slots=True)
class FilmRules:
    """What an engine can draw. Wishes outside are refused or fitted: see `fitted`.

    Sizes are divisible by `size_step`; the number of frames is `frame_step` * k + `frame_offset`.
    `frames_per_second` are the rates to choose from, empty for any of 8 to 60. `previews`: it draws a small
    and coarse version in a moment, which is shown while the film is made. `avoids`: it heeds what is not
    to be seen.
    """

    from_prompt: bool = False
    from_sound: bool = False
    draws_captions: bool = False
    speaks_itself: bool = False
    size_step: int = 2
    frame_step: int = 1
    frame_offset: int = 0
    frames_per_second: tuple[int, ...] = ()
    longest_seconds: float = 3600.0
    most_pixels: int = 3840 * 2160
    uses_pictures: int = 0
    previews: bool = False
    avoids: bool = False
