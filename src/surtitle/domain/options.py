"""What a person may ask of a job. Checked at the edge, stored with the job, read by its steps."""

from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from surtitle.domain.languages import language_code


class Options(BaseModel):
    """Base of all option groups: unknown names are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Task(StrEnum):
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"


class ComputeType(StrEnum):
    """Number format of the weights. `auto` picks what the hardware does best."""

    AUTO = "auto"
    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"


class NumberStyle(StrEnum):
    """How numbers stand in the transcript."""

    AS_HEARD = "as_heard"
    SPOKEN = "spoken"
    WRITTEN = "written"


HOTWORDS_CHARACTERS = 2000
PROMPT_CHARACTERS = 20_000
"""Of a film: about twenty minutes of speech."""


def _without_nul(text: str) -> str:
    # PostgreSQL keeps it in JSON, and fails on every later look into that.
    if "\0" in text:
        raise ValueError("a text holds no NUL")
    return text


Text = Annotated[str, AfterValidator(_without_nul)]
Language = Annotated[str, AfterValidator(language_code)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$")]
Temperature = Annotated[float, Field(ge=0, le=1)]
FontFamily = Annotated[str, StringConstraints(pattern=r"^[^\W_][\w .'-]{0,62}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$")]


class TranscriptionOptions(Options):
    """How the sound is turned into words."""

    engine: Name | None = Field(None, description="Recognition engine; left out, the default.")
    model: Name = Field(
        "auto", description="Model name, or `auto` for the best that this hardware runs well."
    )
    compute_type: ComputeType = ComputeType.AUTO
    language: Language | None = Field(
        None, description="ISO 639-1 code or English name of the spoken language; detected if left out."
    )
    task: Task = Field(Task.TRANSCRIBE, description="`translate` writes English, whatever is spoken.")
    multilingual: bool = Field(
        False, description="Several languages in one recording: detect the language anew in each window."
    )
    vad: bool = Field(True, description="Skip what holds no speech. Off: every second is decoded.")
    vad_threshold: float = Field(
        0.5, ge=0.1, le=0.9, description="Probability from which a sound counts as speech."
    )
    vad_min_speech_seconds: float = Field(0.1, ge=0.032, le=2, description="Shorter bursts are no speech.")
    vad_min_silence_seconds: float = Field(
        0.1, ge=0.032, le=5, description="Shorter pauses belong to the speech around them."
    )
    beam_size: int = Field(5, ge=1, le=10)
    temperatures: tuple[Temperature, ...] = Field(
        (0.0,),
        min_length=1,
        max_length=6,
        description="Tried in turn, rising, until a reading is believable. Above 0 words are drawn by "
        "chance, so that the same job need not give the same words twice.",
    )
    word_times: bool = Field(
        True, description="Find when each word is spoken. Off: quicker, and a phrase's time is shared out."
    )
    prompt: Text | None = Field(None, max_length=2000, description="Text that sets style and spelling.")
    hotwords: str | None = Field(
        None, max_length=HOTWORDS_CHARACTERS, description="Words to expect, separated by spaces or commas."
    )
    glossary: bool = Field(True, description="Expect the terms of the project's glossary too.")
    number_style: NumberStyle = Field(
        NumberStyle.AS_HEARD,
        description="`spoken` writes twenty-one, `written` 21 (English, French, Spanish); `as_heard` leaves "
        "it to the recogniser.",
    )
    audio_track: int | None = Field(
        None, ge=0, le=63, description="Which audio track, counted from 0; the default track if left out."
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.multilingual and self.language is not None:
            raise ValueError("multilingual detects the language of each window; leave language out")
        if list(self.temperatures) != sorted(set(self.temperatures)):
            raise ValueError("temperatures must rise, for example [0.0, 0.2, 0.4]")
        return self


class SubtitleOptions(Options):
    """The shape of the cues."""

    max_chars_per_line: int = Field(42, ge=10, le=80)
    max_lines: int = Field(2, ge=1, le=3)
    min_duration_seconds: float = Field(1.0, ge=0.3, le=5)
    max_duration_seconds: float = Field(7.0, ge=1, le=20)
    max_chars_per_second: float = Field(20.0, ge=5, le=50)
    min_gap_seconds: float = Field(0.08, ge=0, le=1)
    profanity: Literal["keep", "mask"] = Field(
        "keep",
        description="`mask` shows swear words as f*** in English, French, Spanish; the transcript keeps them",
    )

    @model_validator(mode="after")
    def _shortest_is_not_longer_than_longest(self) -> Self:
        if self.min_duration_seconds > self.max_duration_seconds:
            raise ValueError("min_duration_seconds is above max_duration_seconds")
        return self


class CaptionStyle(Options):
    """How burned-in captions look. Sizes are a share of the picture's height."""

    font: FontFamily = Field("Inter", description="A font family that the installation ships or finds.")
    size_percent: float = Field(5.5, ge=2, le=20, description="Letter height, percent of picture height.")
    colour: Colour = "#FFFFFF"
    outline_colour: Colour = "#000000"
    outline_percent: float = Field(0.35, ge=0, le=3)
    box: bool = Field(False, description="A filled box behind the text instead of an outline.")
    box_colour: Colour = Field("#000000B3", description="#RRGGBB or #RRGGBBAA; AA is opacity.")
    position: Literal["bottom", "top", "middle"] = "bottom"
    karaoke: bool = Field(False, description="Light each word as it is spoken.")
    karaoke_colour: Colour = "#FFD54A"


class VideoOptions(Options):
    """How the captioned video is made."""

    captions: Literal["burned", "soft"] = "burned"
    container: Literal["mp4", "mkv"] = "mp4"
    style: CaptionStyle = CaptionStyle()
    quality: int = Field(21, ge=10, le=40, description="x264/NVENC quality, lower is better and larger.")
    preset: Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow"] = "veryfast"


class TranscriptFormat(StrEnum):
    """The files that a transcript can be had as."""

    TXT = "txt"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"
    ASS = "ass"
    TSV = "tsv"
    DOCX = "docx"
    MD = "md"
    RTTM = "rttm"


class TranscriptJobOptions(TranscriptionOptions):
    """Options of the recipe `transcript`."""


class SubtitlesJobOptions(TranscriptionOptions):
    """Options of the recipe `subtitles`."""

    subtitles: SubtitleOptions = SubtitleOptions()


class CaptionedVideoJobOptions(SubtitlesJobOptions):
    """Options of the recipe `captioned-video`."""

    video: VideoOptions = VideoOptions()


class DiarizationOptions(Options):
    """How voices are told apart."""

    enabled: bool = True
    engine: Name | None = Field(None, description="Diarization engine; left out, the default.")
    speakers: int | None = Field(None, ge=1, le=50, description="How many people speak, where it is known.")
    min_speakers: int | None = Field(None, ge=1, le=50)
    max_speakers: int | None = Field(None, ge=1, le=50)
    channels: Literal["mixed", "separate"] = Field(
        "mixed", description="`separate`: each channel of the recording holds one speaker."
    )

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        least, most = self.min_speakers, self.max_speakers
        if self.speakers is not None and (least is not None or most is not None):
            raise ValueError("give speakers, or min_speakers and max_speakers, not both")
        if least is not None and most is not None and least > most:
            raise ValueError("min_speakers is above max_speakers")
        return self


class IdentificationOptions(Options):
    """How speakers get the names of voices that the project knows."""

    enabled: bool = True
    threshold: float | None = Field(
        None, ge=0, le=1, description="Score from which a voice counts as known; left out, the measured one."
    )


class MinutesOptions(Options):
    """What is written down of a meeting."""

    enabled: bool = True
    writer: Name | None = Field(None, description="Who writes; left out, the default of the installation.")
    language: Language | None = Field(None, description="Language of the minutes; left out, the meeting's.")


class MeetingJobOptions(TranscriptionOptions):
    """Options of the recipe `meeting`."""

    diarization: DiarizationOptions = DiarizationOptions()
    identification: IdentificationOptions = IdentificationOptions()
    minutes: MinutesOptions = MinutesOptions()
    subtitles: SubtitleOptions = SubtitleOptions()


class BrandOptions(Options):
    """A user's own looks."""

    background: Colour | None = None
    text: Colour | None = None
    accent: Colour | None = None
    font: FontFamily | None = Field(None, description="A font family that the installation ships or finds.")
    logo: UUID | None = Field(None, description="A picture that was uploaded, by its media id.")


class FilmJobOptions(Options):
    """Options of the recipe `film`."""

    prompt: Text | None = Field(
        None,
        max_length=PROMPT_CHARACTERS,
        description="What the film tells. Left out where a recording is given.",
    )
    engine: Name = Field(
        "auto", description="`storyboard`, `audiogram`, `diffusers`, `fal`; `auto` chooses by what is given."
    )
    model: Name | None = Field(None, description="Model of the engine, where it has several.")
    resolution: Literal["360p", "480p", "720p", "1080p", "1440p", "2160p"] = Field(
        "1080p", description="The shorter side of the picture. Above 1080p where the installation allows it."
    )
    aspect: Literal["16:9", "9:16", "1:1"] = "16:9"
    duration_seconds: float | None = Field(
        None, gt=0, le=3600, description="Left out: as long as what is said takes."
    )
    fps: int | None = Field(
        None, ge=8, le=60, description="Frames a second; left out, what suits the engine."
    )
    seed: int = Field(0, ge=0, lt=2**32, description="The same request and seed give the same film.")
    negative_prompt: Text = Field("", max_length=2000)
    image: UUID | None = Field(None, description="A picture to begin with or to show, by its media id.")
    images: tuple[UUID, ...] = Field((), max_length=20)
    voice_over: Literal["off", "local", "uploaded"] = "local"
    voice_over_media: UUID | None = Field(None, description="The recording, where voice_over is uploaded.")
    voice: Name | None = None
    language: Language | None = Field(None, description="Language of the narration; found if left out.")
    speed: float = Field(1.0, ge=0.5, le=2.0)
    captions: Literal["none", "burned", "soft", "sidecar"] = "burned"
    caption_style: CaptionStyle = CaptionStyle(karaoke=True)
    template: Literal["auto", "title", "statement", "list", "quote", "number", "picture"] = "auto"
    writer: Name | None = Field(None, description="Who writes the script; left out, the installation's.")
    music: UUID | None = Field(None, description="A recording to lie under the speech, by its media id.")
    brand: BrandOptions = BrandOptions()

    @model_validator(mode="after")
    def _voice_over_is_there(self) -> Self:
        if (self.voice_over == "uploaded") != (self.voice_over_media is not None):
            raise ValueError("voice_over uploaded goes with voice_over_media, the recording's media id")
        return self
