"""What the host and its child say to each other, as JSON checked by Pydantic on both sides.

The child answers every order with any number of other replies, then one of `Done` or `Failed`. While it
draws a film the host may say more: that a checkpoint is kept, or to stop.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter
from pydantic.dataclasses import dataclass

from surtitle.domain.cloud import CloudUse
from surtitle.domain.films import FilmRequest
from surtitle.domain.options import DiarizationOptions, TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.domain.speakers import Diarization, Voice
from surtitle.domain.transcript import Stretch
from surtitle.engines.protocols import EngineSetup, WordTimes


@dataclass(frozen=True, slots=True)
class EngineRecipe:
    """What the child needs to build an engine: `factory`, `wrapper` and `extra` as in `EngineSpec`."""

    setup: EngineSetup
    factory: str
    wrapper: str | None = None
    extra: str | None = None


@dataclass(frozen=True, slots=True)
class Warm:
    """Have this engine resident."""

    engine: EngineRecipe
    kind: Literal["warm"] = "warm"


@dataclass(frozen=True, slots=True)
class Transcribe:
    engine: EngineRecipe
    sound_path: Path
    options: TranscriptionOptions
    start: WindowCursor
    windows: tuple[Window, ...] | None = None
    """Of these windows those from `start` on; None: all to the end of the sound."""
    kind: Literal["transcribe"] = "transcribe"


@dataclass(frozen=True, slots=True)
class Outline:
    """Which windows follow sample `start`, until they reach over `samples` or to the end of the sound."""

    engine: EngineRecipe
    sound_path: Path
    options: TranscriptionOptions
    start: int
    samples: int
    kind: Literal["outline"] = "outline"


@dataclass(frozen=True, slots=True)
class Synthesize:
    engine: EngineRecipe
    text: str
    voice: str | None
    speed: float
    seed: int
    output: Path
    kind: Literal["synthesize"] = "synthesize"


@dataclass(frozen=True, slots=True)
class Diarize:
    engine: EngineRecipe
    sound_path: Path
    options: DiarizationOptions
    kind: Literal["diarize"] = "diarize"


@dataclass(frozen=True, slots=True)
class EncodeVoice:
    """The voice in `stretches` of a sound, heard together."""

    engine: EngineRecipe
    sound_path: Path
    stretches: tuple[Stretch, ...]
    kind: Literal["encode-voice"] = "encode-voice"


@dataclass(frozen=True, slots=True)
class EmbedTexts:
    engine: EngineRecipe
    texts: tuple[str, ...]
    is_query: bool
    kind: Literal["embed-texts"] = "embed-texts"


@dataclass(frozen=True, slots=True)
class DrawFilm:
    """`checkpoint` is what was last saved for this film, None at first."""

    engine: EngineRecipe
    request: FilmRequest
    output: Path
    checkpoint: dict[str, JsonValue] | None
    kind: Literal["draw-film"] = "draw-film"


@dataclass(frozen=True, slots=True)
class CheckpointKept:
    """The last `CheckpointMade` survives the death of every process of ours."""

    kind: Literal["checkpoint-kept"] = "checkpoint-kept"


@dataclass(frozen=True, slots=True)
class StopDrawing:
    """The film is not wanted any more: clean up and end."""

    kind: Literal["stop-drawing"] = "stop-drawing"


@dataclass(frozen=True, slots=True)
class Resident:
    """The engine of the request stands ready; `load_seconds` is 0 if it did before.

    `rss_between_bytes` is what the child held after the last engine went and before this one came.
    """

    load_seconds: float
    rss_between_bytes: int = 0
    kind: Literal["resident"] = "resident"


@dataclass(frozen=True, slots=True)
class CloudUsed:
    """The engine has asked a server of others; comes at any time."""

    use: CloudUse
    kind: Literal["cloud-used"] = "cloud-used"


@dataclass(frozen=True, slots=True)
class WindowHeard:
    window: RecognizedWindow
    kind: Literal["window"] = "window"


@dataclass(frozen=True, slots=True)
class Outlined:
    windows: tuple[Window, ...]
    kind: Literal["outlined"] = "outlined"


@dataclass(frozen=True, slots=True)
class Spoken:
    sample_rate_hz: int
    duration_seconds: float
    word_times: WordTimes | None = None
    kind: Literal["spoken"] = "spoken"


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far a diarization is, 0..1."""

    fraction: float
    kind: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class FilmProgressed:
    """How far a film is drawn, 0..1."""

    fraction: float
    frames_per_second: float | None = None
    kind: Literal["film-progressed"] = "film-progressed"


@dataclass(frozen=True, slots=True)
class CheckpointMade:
    """To be kept for this film; the child waits for `CheckpointKept`."""

    checkpoint: dict[str, JsonValue]
    kind: Literal["checkpoint-made"] = "checkpoint-made"


@dataclass(frozen=True, slots=True)
class Drawn:
    """The film lies at `DrawFilm.output`; `warnings` are for the person whose film it is."""

    warnings: tuple[str, ...]
    kind: Literal["drawn"] = "drawn"


@dataclass(frozen=True, slots=True)
class Diarized:
    diarization: Diarization
    kind: Literal["diarized"] = "diarized"


@dataclass(frozen=True, slots=True)
class VoiceEncoded:
    """`voice` None: too little was heard to tell."""

    voice: Voice | None
    kind: Literal["voice-encoded"] = "voice-encoded"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A row each text: little-endian float32 in base64, since numbers in JSON take five times the room."""

    embedder: str
    rows: int
    vectors: str
    kind: Literal["embedded"] = "embedded"


@dataclass(frozen=True, slots=True)
class Timed:
    """A part of the request's work, for its trace; nanoseconds since 1970."""

    what: Literal["load", "work"]
    began_ns: int
    ended_ns: int
    kind: Literal["timed"] = "timed"


@dataclass(frozen=True, slots=True)
class Done:
    kind: Literal["done"] = "done"


@dataclass(frozen=True, slots=True)
class Failed:
    """The request ended in an exception; the child is ready for the next one.

    `classes` are the exception's classes, nearest first, as "module.Class"; `attributes` those of
    its attributes that JSON can carry.
    """

    message: str
    classes: tuple[str, ...]
    attributes: dict[str, JsonValue]
    traceback: str
    out_of_memory: bool
    kind: Literal["failed"] = "failed"


Request = Annotated[
    Warm | Transcribe | Outline | Synthesize | Diarize | EncodeVoice | EmbedTexts | DrawFilm,
    Field(discriminator="kind"),
]


@dataclass(frozen=True, slots=True)
class Order:
    """A request, and what the child's lines carry of where it comes from (`lineage.line_ids`). Its stretches
    are told where `is_traced`.
    """

    request: Request
    ids: dict[str, str]
    is_traced: bool = False


Aside = Annotated[CheckpointKept | StopDrawing, Field(discriminator="kind")]
"""What the host says to a child that is drawing."""
Reply = Annotated[
    Resident
    | CloudUsed
    | WindowHeard
    | Outlined
    | Spoken
    | Progressed
    | Diarized
    | VoiceEncoded
    | Embedded
    | FilmProgressed
    | CheckpointMade
    | Drawn
    | Timed
    | Done
    | Failed,
    Field(discriminator="kind"),
]

ORDERS: TypeAdapter[Order | Aside] = TypeAdapter(Order | Aside)
ASIDES: TypeAdapter[Aside] = TypeAdapter(Aside)
REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply)
