"""A script that a language model writes: by a strict form, and read with suspicion."""

import json
import re
from typing import Annotated

from pydantic import Field

from surtitle.domain.film_wishes import spoken_seconds
from surtitle.domain.films import FilmScript, Scene, Template
from surtitle.domain.languages import language_name
from surtitle.engines.writing import AnswerForm, UnusableAnswer, Writer, WritingOrder
from surtitle.pipelines.film.script.emphasis import emphasised
from surtitle.pipelines.film.script.language import language_of
from surtitle.pipelines.film.script.text import is_sayable, shown

_USUAL_SECONDS = 45.0
_WORDS_A_MINUTE = 140
_MOST_SCENES = 80
_LONGEST_HEADING = 120
_LONGEST_LINE = 160
_LONGEST_NARRATION = 600
_MOST_LINES = 6
# Twice what was asked for is another film, and somebody may pay for its length.
_MOST_TIMES_AS_LONG = 2.0
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)

_INSTRUCTIONS = """\
You write the script of a short narrated film. The material is a JSON object: `text` is what a person wants \
told, a finished text or notes or only a subject.

Write in {language}. A finished text keeps its own words, in its order. From notes or a subject write what \
is told: plain, concrete sentences for the ear, about {words} words in all. Say nothing that the material \
contradicts, and no figures or names that are not in it.

Fill in the form:
- title: at most 7 words.
- scenes: in order. The first has the template `title`. Each has
  - template: `title`, `statement` (one short sentence), `list` (2 to 5 points), `quote` (somebody's words), \
or `number` (one figure that matters).
  - heading: what stands large in the picture, at most 12 words: the title, the statement, what the list is \
about, who is quoted, or the figure alone.
  - lines: the points of a list, the words of a quote, or what the figure counts; empty otherwise.
  - narration: one or two sentences that are spoken over this scene. No stage directions."""


class WrittenScene(AnswerForm):
    template: Annotated[str, Field(max_length=20)]
    heading: Annotated[str, Field(max_length=1000)]
    lines: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20)]
    narration: Annotated[str, Field(max_length=4000)]


class WrittenScript(AnswerForm):
    """A film from beginning to end."""

    title: Annotated[str, Field(max_length=1000)]
    scenes: Annotated[list[WrittenScene], Field(min_length=1, max_length=200)]


async def written(writer: Writer, prompt: str, language: str, seconds: float | None) -> FilmScript:
    """The script for `prompt`, of about `seconds`. Raises what `Writer.write` raises."""
    order = WritingOrder(_instructions(prompt, language, seconds), _material(prompt))
    return _checked(await writer.write(order, WrittenScript), writer, language, seconds)


def fits(writer: Writer, prompt: str) -> bool:
    """Whether the writer can take the whole prompt in."""
    return len(_material(prompt).encode()) <= writer.material_bytes


def _instructions(prompt: str, language: str, seconds: float | None) -> str:
    wanted = seconds or max(_USUAL_SECONDS, spoken_seconds(prompt))
    return _INSTRUCTIONS.format(language=language_name(language), words=round(wanted / 60 * _WORDS_A_MINUTE))


def _material(prompt: str) -> str:
    return json.dumps({"text": prompt}, ensure_ascii=False)


def _checked(answer: WrittenScript, writer: Writer, language: str, seconds: float | None) -> FilmScript:
    scenes = tuple(
        scene for one in answer.scenes[:_MOST_SCENES] if (scene := _scene(one, language)) is not None
    )
    if not scenes:
        raise UnusableAnswer(writer.model, "no scene of it says anything")
    told = " ".join(scene.narration for scene in scenes)
    if (found := language_of(told)) not in {None, language}:
        raise UnusableAnswer(writer.model, f"it is in {language_name(found or '')}")
    if seconds is not None and spoken_seconds(told) > seconds * _MOST_TIMES_AS_LONG:
        raise UnusableAnswer(writer.model, "it is much longer than the film")
    title = _line(answer.title, _LONGEST_HEADING) or scenes[0].heading
    return FilmScript(title, language, scenes, writer=f"{writer.name} {writer.model}")


def _scene(one: WrittenScene, language: str) -> Scene | None:
    heading = _line(one.heading, _LONGEST_HEADING)
    lines = tuple(line for raw in one.lines[:_MOST_LINES] if (line := _line(raw, _LONGEST_LINE)))
    narration = _line(one.narration, _LONGEST_NARRATION)
    if not is_sayable(narration):
        return None
    template = _template(one.template, heading, lines)
    return Scene(
        template,
        heading or narration[:_LONGEST_HEADING],
        lines if template in {Template.LIST, Template.QUOTE, Template.NUMBER} else (),
        emphasis=emphasised(heading, language) if template in {Template.TITLE, Template.STATEMENT} else (),
        narration=narration,
    )


def _template(name: str, heading: str, lines: tuple[str, ...]) -> Template:
    """The template asked for, if there is what it shows; else a statement."""
    known = {item.value: item for item in Template if item is not Template.PICTURE}
    template = known.get(name, Template.STATEMENT)
    if template in {Template.LIST, Template.QUOTE} and not lines:
        return Template.STATEMENT
    is_figure = any(character.isdigit() for character in heading)
    return Template.STATEMENT if template is Template.NUMBER and not is_figure else template


def _line(text: str, longest: int) -> str:
    """`text` on one line, without links (nobody asked for any) and no longer than a picture holds."""
    words = shown(_LINK.sub(" ", text)).split()
    kept: list[str] = []
    for word in words:
        if len(" ".join([*kept, word])) > longest:
            break
        kept.append(word)
    return " ".join(kept)
