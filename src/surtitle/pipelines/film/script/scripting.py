"""The script of a film: written where there is a writer, else cut from the prompt."""

import logging
from dataclasses import dataclass

from surtitle.domain.film_wishes import pictures_of
from surtitle.domain.films import FilmScript, Template
from surtitle.domain.languages import language_name
from surtitle.domain.options import FilmJobOptions
from surtitle.engines.writing import UnusableAnswer, Writer, WriterAway, WriterRefuses, Writers
from surtitle.pipelines.film.errors import NothingToTell
from surtitle.pipelines.film.script.cutting import as_template, cut, with_pictures
from surtitle.pipelines.film.script.language import language_of, language_told
from surtitle.pipelines.film.script.text import is_sayable
from surtitle.pipelines.film.script.written import fits, written

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scripted:
    """A script, and what a person must be told of it."""

    script: FilmScript
    warnings: tuple[str, ...] = ()


class Scripting:
    """Makes scripts. `patient`: a writer that is away is waited for (the error goes to the caller)."""

    def __init__(self, writers: Writers) -> None:
        self._writers = writers

    async def script_of(self, options: FilmJobOptions, prompt: str, *, patient: bool) -> Scripted:
        """The script for `prompt`. Raises `NothingToTell`, and `WriterAway` if `patient`."""
        if not is_sayable(prompt):
            raise NothingToTell
        language = language_told(options, prompt)
        warnings = list(_language_warnings(options.language, language_of(prompt)))
        writer = self._writers.named(options.writer)
        script = None
        if writer is not None:
            script, complaint = await _by_writer(writer, prompt, language, options, patient=patient)
            warnings += [complaint] if complaint else []
        script = script or cut(prompt, language)
        return Scripted(_laid_out(script, options), tuple(warnings))


async def _by_writer(
    writer: Writer, prompt: str, language: str, options: FilmJobOptions, *, patient: bool
) -> tuple[FilmScript | None, str]:
    """The script, or None and why there is none: a film of one's own words is better than no film."""
    if not fits(writer, prompt):
        return None, f"The prompt is too long for {writer.model!r}; it is told word for word."
    try:
        return await written(writer, prompt, language, options.duration_seconds), ""
    except WriterAway as error:
        if patient:
            raise
        return None, f"{error.message} The prompt is told word for word."
    except (WriterRefuses, UnusableAnswer) as error:
        log.info("the script is cut from the prompt: %s", error.message)
        return None, f"{error.message} The prompt is told word for word."


def _laid_out(script: FilmScript, options: FilmJobOptions) -> FilmScript:
    pictures = len(pictures_of(options))
    if options.template != "auto":
        return as_template(script, Template(options.template))
    return with_pictures(script, pictures) if pictures else script


def _language_warnings(wished: str | None, found: str | None) -> tuple[str, ...]:
    if wished is None or found is None or wished == found:
        return ()
    heard = f"The prompt looks like {language_name(found)}, and the voice speaks {language_name(wished)}."
    return (f"{heard} Leave language out to have it follow the prompt.",)
