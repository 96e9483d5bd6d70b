"""What a person chooses at the start, in plain words, and the options of a job that it comes to."""

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from surtitle.domain.languages import LANGUAGES
from surtitle.domain.options import PROMPT_CHARACTERS
from surtitle.domain.recipes import MEETING
from surtitle.errors import Invalid
from surtitle.web.catalogues import mark as _

SPOKEN_RECIPES = {
    "subtitles": (_("Subtitles"), _("A file with subtitles for your video")),
    "transcript": (_("Transcript"), _("The text, to read and to quote")),
    "captioned-video": (_("Captioned video"), _("The same video, with the subtitles in the picture")),
    MEETING: (_("Meeting"), _("Who said what, with minutes")),
}
"""What can be made of a recording: its name, and what one gets."""

ASPECTS = {
    "16:9": _("Wide, for a screen"),
    "9:16": _("Tall, for a phone"),
    "1:1": _("Square"),
}

_RECIPES_WITH_CUES = frozenset({"subtitles", "captioned-video", MEETING})


def _nothing_as_none(value: object) -> object:
    return None if value == "" else value


def _spoken_language(code: str) -> str:
    if code and code not in LANGUAGES:
        raise ValueError("no language that is known here")
    return code


class Choices(BaseModel):
    """Of the form for recordings."""

    recipe: Literal["subtitles", "transcript", "captioned-video", "meeting"] = "subtitles"
    language: Annotated[str, BeforeValidator(str), BeforeValidator(_spoken_language)] = ""
    """ISO 639-1; empty: to be found out."""
    english: bool = False
    mask: bool = False
    karaoke: bool = False
    speakers: Annotated[int | None, Field(ge=1, le=50), BeforeValidator(_nothing_as_none)] = None

    def options(self) -> dict[str, Any]:
        """For the job; what is not chosen is left to the profile and the project."""
        found: dict[str, Any] = {}
        if self.language:
            found["language"] = self.language
        if self.english:
            found["task"] = "translate"
        if self.mask and self.recipe in _RECIPES_WITH_CUES:
            found["subtitles"] = {"profanity": "mask"}
        if self.karaoke and self.recipe == "captioned-video":
            found["video"] = {"style": {"karaoke": True}}
        if self.speakers and self.recipe == MEETING:
            found["diarization"] = {"speakers": self.speakers}
        return found


class FilmChoices(BaseModel):
    """Of the form for films."""

    prompt: Annotated[str, Field(min_length=1, max_length=PROMPT_CHARACTERS)]
    aspect: Literal["16:9", "9:16", "1:1"] = "16:9"

    def options(self) -> dict[str, Any]:
        return {"prompt": self.prompt, "aspect": self.aspect}


def read_choices(fields: dict[str, str]) -> Choices:
    """From a form's fields; others mean nothing. Raises `Invalid` naming the first that is wrong."""
    try:
        return Choices.model_validate(fields)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise Invalid(f"The field {where!r} holds nothing that can be chosen.", field=where) from None


def kept(choices: Choices) -> str:
    """For the cookie that remembers them."""
    return urlencode(choices.model_dump(mode="json", exclude_defaults=True))


def remembered(text: str) -> Choices:
    """What the cookie remembers; the defaults, where it holds something else."""
    try:
        return Choices.model_validate(dict(parse_qsl(text)))
    except ValidationError:
        return Choices()
