"""The forms of OpenAI's audio routes: their fields, checked as OpenAI checks them, and as job options.

Fields and limits are those of the `openai` package's `TranscriptionCreateParams` and
`TranslationCreateParams`.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import from_json

from surtitle.api.openai.errors import InvalidValue, MissingParameter, UnknownParameter, UnsupportedValue
from surtitle.api.openai.known_speakers import MOST_KNOWN_SPEAKERS, KnownSpeaker, known_speakers
from surtitle.domain.languages import LANGUAGES, language_code
from surtitle.domain.options import Task

_PROMPT_CHARACTERS = 2000
_HOTWORDS_CHARACTERS = 2000
# What our detector can be set to; OpenAI's scale goes a little further at both ends.
_VAD_THRESHOLDS = (0.1, 0.9)
_VAD_SILENCE_SECONDS = (0.032, 5.0)
# Speakers have the names that the request knows, or letters: nobody's enrolled voice is asked for.
_WHO_SPEAKS = {
    "diarization": {"enabled": True},
    "identification": {"enabled": False},
    "minutes": {"enabled": False},
}
_NESTED = re.compile(r"(chunking_strategy)\[(\w{1,40})\]")

AnyForm = TypeVar("AnyForm", bound="AudioForm")


def _iso_code(text: str) -> str:
    code = "jw" if text == "jv" else text
    if code in LANGUAGES:
        return code
    try:
        advice = f"write {language_code(text)!r}"
    except ValueError:
        advice = "for example 'en', 'fr' or 'es'"
    raise ValueError(f"{text[:40]!r} is no ISO-639-1 code of a known language; {advice}")


IsoCode = Annotated[str, AfterValidator(_iso_code)]
Names = Annotated[list[str], Field(max_length=100)]
OneForEachSpeaker = Annotated[list[str], Field(max_length=MOST_KNOWN_SPEAKERS)]


class ServerVad(BaseModel):
    """Voice activity detection, as `chunking_strategy` sets it."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["server_vad"]
    threshold: float = Field(0.5, ge=0, le=1)
    silence_duration_ms: int = Field(200, ge=0)
    prefix_padding_ms: int = Field(
        300,
        ge=0,
        description="Accepted and not used: windows are cut in silence as it is.",
    )


class AudioForm(BaseModel):
    """What both routes take beside the file."""

    model_config = ConfigDict(extra="forbid")

    model: str = Field(
        min_length=1,
        max_length=128,
        description="`whisper-1` for the installation's own choice, or one of `GET /v1/models`.",
        examples=["whisper-1"],
    )
    prompt: str | None = Field(None, description="Text that sets style and spelling; its end counts.")
    temperature: float = Field(
        0.0, ge=0, le=1, allow_inf_nan=False, description="0 for the installation's default."
    )

    @property
    def diarizes(self) -> bool:
        """Whether the answer says who speaks."""
        return False

    @property
    def known_speakers(self) -> tuple[KnownSpeaker, ...]:
        """Whose voices are known."""
        return ()

    @property
    def recipe(self) -> str:
        """The recipe that does it."""
        return "meeting" if self.diarizes else "transcript"

    def job_options(self) -> dict[str, Any]:
        """The options of the recipe, beside `engine` and `model`."""
        options: dict[str, Any] = {}
        if self.prompt:
            # No engine looks at more than its last few hundred tokens, which are well within this.
            options["prompt"] = self.prompt[-_PROMPT_CHARACTERS:]
        if self.temperature > 0:
            options["temperatures"] = (self.temperature,)
        return options


class TranslationForm(AudioForm):
    """`POST /v1/audio/translations`."""

    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"

    def job_options(self) -> dict[str, Any]:
        return {**super().job_options(), "task": Task.TRANSLATE}


class TranscriptionForm(AudioForm):
    """`POST /v1/audio/transcriptions`."""

    response_format: Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"] = "json"
    language: IsoCode | None = Field(None, description="ISO-639-1 code; detected if left out.")
    languages: Annotated[list[IsoCode], Field(max_length=100)] = Field(
        [], description="Languages that may occur. With several, each window's language is detected."
    )
    keywords: Names = Field([], description="Words and phrases to expect.")
    timestamp_granularities: list[Literal["word", "segment"]] = Field(
        [], max_length=10, description="Only with `verbose_json`; `segment` if left out."
    )
    include: list[Literal["logprobs"]] = Field(
        [], max_length=10, description="Only with `json`. A token is a word here."
    )
    stream: bool = Field(False, description="Server-sent events; with `json`, `text` or `diarized_json`.")
    chunking_strategy: Literal["auto"] | ServerVad | None = None
    known_speaker_names: OneForEachSpeaker = Field(
        [], description="Only with `diarized_json`: whose voices `known_speaker_references` are, in order."
    )
    known_speaker_references: OneForEachSpeaker = Field(
        [], description="For each name a data URL with 1.2 to 10 seconds in which that person alone speaks."
    )

    @property
    def diarizes(self) -> bool:
        return self.response_format == "diarized_json"

    @property
    def known_speakers(self) -> tuple[KnownSpeaker, ...]:
        return known_speakers(self.known_speaker_names, self.known_speaker_references)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        self._require_format("known_speaker_names", self.known_speaker_names, "diarized_json")
        self._require_format("known_speaker_references", self.known_speaker_references, "diarized_json")
        known_speakers(self.known_speaker_names, self.known_speaker_references)
        self._require_format("timestamp_granularities", self.timestamp_granularities, "verbose_json")
        self._require_format("include", self.include, "json")
        self._require_format("stream", self.stream, "json", "text", "diarized_json")
        if self.language and self.languages:
            raise UnsupportedValue("Give language or languages, not both.", field="languages")
        if len(", ".join(self.keywords)) > _HOTWORDS_CHARACTERS:
            raise InvalidValue(
                f"keywords are longer than {_HOTWORDS_CHARACTERS} characters together; leave some out.",
                field="keywords",
            )
        return self

    def job_options(self) -> dict[str, Any]:
        # What the answer promises is said, so that no default of the project's changes it.
        options = {**super().job_options(), "task": Task.TRANSCRIBE}
        if self.diarizes:
            options |= _WHO_SPEAKS
        if "word" in self.timestamp_granularities:
            options["word_times"] = True
        spoken = self.language or (self.languages[0] if len(self.languages) == 1 else None)
        if spoken:
            options["language"] = spoken
        if len(self.languages) > 1:
            options["multilingual"] = True
        if self.keywords:
            options["hotwords"] = ", ".join(self.keywords)
        if isinstance(self.chunking_strategy, ServerVad):
            options |= _detector_options(self.chunking_strategy)
        return options

    def _require_format(self, field: str, given: object, *formats: str) -> None:
        if given and self.response_format not in formats:
            raise UnsupportedValue(
                f"{field} needs response_format {' or '.join(map(repr, formats))}, "
                f"not {self.response_format!r}.",
                field=field,
            )


def read_form(kind: type[AnyForm], fields: Sequence[tuple[str, str]]) -> AnyForm:
    """The form that these fields make. Raises an `Invalid` that names the first field at fault."""
    try:
        return kind.model_validate(_gathered(fields, _lists_of(kind)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = str(first["loc"][0])
        if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
            raise UnknownParameter(where) from None
        if first["type"] == "missing" and len(first["loc"]) == 1:
            raise MissingParameter(where) from None
        raise InvalidValue(f"Invalid value for {where!r}: {first['msg']}.", field=where) from None


def form_fields(kind: type[AudioForm]) -> dict[str, dict[str, Any]]:
    """The fields as JSON Schema, by the name that they have in a form: lists end in `[]`."""
    schema = kind.model_json_schema()
    definitions = schema.get("$defs", {})
    lists = _lists_of(kind)
    return {
        f"{name}[]" if name in lists else name: _inlined(field, definitions)
        for name, field in schema["properties"].items()
    }


def _gathered(fields: Sequence[tuple[str, str]], lists: frozenset[str]) -> dict[str, Any]:
    """Fields as one document. OpenAI takes lists with and without `[]`, and nested fields as `a[b]`."""
    document: dict[str, Any] = {}
    for name, value in fields:
        plain = name.removesuffix("[]")
        if plain in lists:
            document.setdefault(plain, []).append(value)
        elif nested := _NESTED.fullmatch(name):
            group = document.setdefault(nested[1], {})
            if isinstance(group, dict):
                group[nested[2]] = value
        elif value:
            # What clients send for "not given" is an empty field.
            document[name] = _maybe_object(value) if name == "chunking_strategy" else value
    return document


def _maybe_object(value: str) -> Any:
    """Some clients write the nested field as JSON."""
    try:
        return from_json(value) if value.startswith("{") else value
    except ValueError:
        return value


def _detector_options(wish: ServerVad) -> dict[str, Any]:
    return {
        "vad_threshold": _within(wish.threshold, _VAD_THRESHOLDS),
        "vad_min_silence_seconds": _within(wish.silence_duration_ms / 1000, _VAD_SILENCE_SECONDS),
    }


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _lists_of(kind: type[AudioForm]) -> frozenset[str]:
    properties = kind.model_json_schema()["properties"]
    return frozenset(name for name, field in properties.items() if field.get("type") == "array")


def _inlined(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A form has no null, and its schema stands alone."""
    choices = [choice for choice in field.pop("anyOf", []) if choice.get("type") != "null"]
    choices = [definitions.get(choice.get("$ref", "").rpartition("/")[2], choice) for choice in choices]
    if len(choices) == 1:
        field |= choices[0]
    elif choices:
        field["anyOf"] = choices
    if field.get("default", "") is None:
        del field["default"]
    return field
