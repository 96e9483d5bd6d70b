"""Options that `transcribe` and `caption` share, and how they become options of a recipe.

Left out means the recipe's own default, so that a default is written down in one place only
(`domain.options`).
"""

from enum import StrEnum
from typing import Annotated, Any

import typer

from surtitle.domain.options import ComputeType, NumberStyle, Task

_SOUND = "Listening"
_SPEAKERS = "Who speaks"
_CUES = "Shape of the cues"
_OUT = "Results"


class Channels(StrEnum):
    MIXED = "mixed"
    SEPARATE = "separate"


def _option(text: str, panel: str, *names: str, **settings: Any) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **settings)


Files = Annotated[
    list[str],
    typer.Argument(metavar="FILES...", help="Recordings: names, 'patterns*.mp4', or - for standard input."),
]
Output = Annotated[
    str | None,
    _option(
        "A folder, a file, or - for standard output. Left out: beside the recording.", _OUT, "--output", "-o"
    ),
]
Keep = Annotated[
    bool, _option("Keep the job and the recording in the installation (see `surtitle jobs`).", _OUT)
]
Overwrite = Annotated[bool, _option("Replace results that exist already.", _OUT)]
AsJson = Annotated[bool, _option("Write a report as JSON to standard output.", _OUT, "--json")]

Engine = Annotated[str | None, _option("Recognition engine (see `surtitle engines list`).", _SOUND)]
Model = Annotated[
    str | None, _option("Model, or auto: the best that this machine runs well.", _SOUND, "--model", "-m")
]
Language = Annotated[
    str | None,
    _option("Spoken language (en, fr, Spanish …); detected if left out.", _SOUND, "--language", "-l"),
]
TaskChoice = Annotated[Task | None, _option("translate writes English, whatever is spoken.", _SOUND)]
Compute = Annotated[ComputeType | None, _option("Number format of the model.", _SOUND)]
Vad = Annotated[
    bool | None,
    _option("Skip what holds no speech (usual), or decode every second.", _SOUND, "--vad/--no-vad"),
]
BeamSize = Annotated[int | None, _option("Width of the search, 1 (quick) to 10; usually 5.", _SOUND)]
Multilingual = Annotated[
    bool, _option("Several languages in one recording: detect each window's.", _SOUND, "--multilingual")
]
VadThreshold = Annotated[
    float | None, _option("Probability from which a sound is speech; usually 0.5.", _SOUND, "--vad-threshold")
]
Temperatures = Annotated[
    list[float] | None,
    _option(
        "May be given several times, rising; tried in turn where a reading is not believable.",
        _SOUND,
        "--temperature",
    ),
]
WordTimes = Annotated[
    bool | None,
    _option(
        "Find when each word is spoken (usual), or share a phrase's time out.",
        _SOUND,
        "--word-times/--no-word-times",
    ),
]
Prompt = Annotated[str | None, _option("Text that sets style and spelling.", _SOUND)]
Hotwords = Annotated[str | None, _option("Words to expect, separated by spaces.", _SOUND)]
Numbers = Annotated[NumberStyle | None, _option("Numbers as spoken (twenty-one) or as written (21).", _SOUND)]
UseGlossary = Annotated[
    bool | None,
    _option(
        "Expect the glossary's terms (usual; see `surtitle glossary`).", _SOUND, "--glossary/--no-glossary"
    ),
]
AudioTrack = Annotated[int | None, _option("Which audio track, counted from 0.", _SOUND)]

Speakers = Annotated[
    int | None, _option("How many people speak, where it is known; found out if left out.", _SPEAKERS)
]
FewestSpeakers = Annotated[int | None, _option("At least so many people speak.", _SPEAKERS, "--min-speakers")]
MostSpeakers = Annotated[int | None, _option("At most so many people speak.", _SPEAKERS, "--max-speakers")]
SpeakerChannels = Annotated[
    Channels | None, _option("separate: each channel of the recording holds one speaker.", _SPEAKERS)
]
Diarizer = Annotated[str | None, _option("Engine that tells voices apart.", _SPEAKERS)]

LineChars = Annotated[int | None, _option("Characters a line; usually 42.", _CUES, "--max-chars-per-line")]
Lines = Annotated[int | None, _option("Lines a cue; usually 2.", _CUES, "--max-lines")]
ReadingSpeed = Annotated[
    float | None, _option("Characters a second; usually 20.", _CUES, "--max-chars-per-second")
]
Shortest = Annotated[
    float | None, _option("Seconds that a cue stands at least; usually 1.", _CUES, "--min-duration")
]
Longest = Annotated[
    float | None, _option("Seconds that a cue stands at most; usually 7.", _CUES, "--max-duration")
]

MaskProfanity = Annotated[bool, _option("Show swear words as f***.", _CUES, "--mask-profanity")]


def given(**options: Any) -> dict[str, Any]:
    """Those options that were given, as JSON holds them."""
    return {name: value for name, value in options.items() if value is not None and value != {}}
