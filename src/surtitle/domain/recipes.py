"""Recipes as data: what each is called, which steps it takes, which options it understands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from surtitle.domain.options import (
    CaptionedVideoJobOptions,
    FilmJobOptions,
    MeetingJobOptions,
    Options,
    SubtitlesJobOptions,
    TranscriptJobOptions,
)
from surtitle.errors import Invalid


class StepName(StrEnum):
    TRANSCRIPTION = "transcription"
    SUBTITLES = "subtitles"
    RENDERING = "rendering"
    DIARIZATION = "diarization"
    IDENTIFICATION = "identification"
    FUSION = "fusion"
    MINUTES = "minutes"
    RESULT = "result"
    SCRIPT = "script"
    NARRATION = "narration"
    PICTURE = "picture"
    FINISH = "finish"


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step of a recipe. The job succeeds without an `optional` step that fails.

    `weight` is the step's usual share of the time, for an honest progress figure
    (measured with Whisper base on two cores, 720p video).
    """

    name: StepName
    weight: float
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """A named way from media to results."""

    name: str
    summary: str
    steps: tuple[StepSpec, ...]
    options: type[Options]
    result: str
    """Name of the artifact that answers "the result" when no format is asked for."""


_TRANSCRIPTION = StepSpec(StepName.TRANSCRIPTION, weight=10.0)
_SUBTITLES = StepSpec(StepName.SUBTITLES, weight=0.1)
_RENDERING = StepSpec(StepName.RENDERING, weight=20.0)
_DIARIZATION = StepSpec(StepName.DIARIZATION, weight=6.0, optional=True)
_IDENTIFICATION = StepSpec(StepName.IDENTIFICATION, weight=0.1, optional=True)
_FUSION = StepSpec(StepName.FUSION, weight=0.1)
_MINUTES = StepSpec(StepName.MINUTES, weight=0.5, optional=True)
_RESULT = StepSpec(StepName.RESULT, weight=0.1)

_SCRIPT = StepSpec(StepName.SCRIPT, weight=0.2)
_NARRATION = StepSpec(StepName.NARRATION, weight=3.0)
_PICTURE = StepSpec(StepName.PICTURE, weight=20.0)
_FINISH = StepSpec(StepName.FINISH, weight=2.0)

MEETING = "meeting"
FILM = "film"

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "transcript",
            "What was said, as text with times.",
            (_TRANSCRIPTION,),
            TranscriptJobOptions,
            "transcript.txt",
        ),
        Recipe(
            "subtitles",
            "Cues that can be read in the time they stand.",
            (_TRANSCRIPTION, _SUBTITLES),
            SubtitlesJobOptions,
            "subtitles.srt",
        ),
        Recipe(
            "captioned-video",
            "The same video with captions, burned in or as a track.",
            (_TRANSCRIPTION, _SUBTITLES, _RENDERING),
            CaptionedVideoJobOptions,
            "captioned.mp4",
        ),
        Recipe(
            MEETING,
            "Who said what, by name, with minutes.",
            (_TRANSCRIPTION, _DIARIZATION, _IDENTIFICATION, _FUSION, _MINUTES, _RESULT),
            MeetingJobOptions,
            "result.json",
        ),
        Recipe(
            FILM,
            "A narrated, captioned video from a prompt, or a moving picture for a recording.",
            (_SCRIPT, _NARRATION, _PICTURE, _FINISH),
            FilmJobOptions,
            "film.mp4",
        ),
    )
}


def recipe_named(name: str) -> Recipe:
    """The recipe called `name`. Raises `Invalid` naming those that exist."""
    try:
        return RECIPES[name]
    except KeyError:
        raise Invalid(
            f"There is no recipe {name[:60]!r}; choose one of: {', '.join(RECIPES)}.", field="recipe"
        ) from None


def is_on(options: Mapping[str, Any], name: str) -> bool:
    """Whether a step of a job with these options has anything to do: one with options of its own may be
    turned off in them.
    """
    own = options.get(name)
    return bool(own.get("enabled", True)) if isinstance(own, Mapping) else True


def parse_options(recipe: Recipe, raw: dict[str, Any]) -> Options:
    """`raw` checked against the recipe's options. Raises `Invalid` naming the first fault."""
    try:
        return recipe.options.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"Option {where!r} of recipe {recipe.name!r}: {first['msg']}.", field=f"options.{where}"
        ) from None
