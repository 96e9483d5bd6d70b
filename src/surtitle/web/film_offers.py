"""What a film can be made with here: sizes, engines and voices of the installation, files of the project."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from surtitle.api.services import Services
from surtitle.db.models import Media
from surtitle.domain.films import FilmRules
from surtitle.engines.film_rules import rules_of
from surtitle.engines.registry import EngineSpec
from surtitle.errors import NotFound, SurtitleError
from surtitle.media.probe import Probe
from surtitle.paging import MAX_PAGE_SIZE
from surtitle.pipelines.speech.choosing import ListedVoice
from surtitle.web.film_form import FilmForm
from surtitle.web.film_words import ENGINES, RESOLUTIONS, VOICES, choices_of
from surtitle.web.view import View


@dataclass(frozen=True, slots=True)
class Material:
    """A file that was brought in before."""

    id: str
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine by its name, told in words to be translated. `avoids`: it heeds what is not to be seen."""

    name: str
    told: str
    avoids: bool


@dataclass(frozen=True, slots=True)
class VoiceChoice:
    """`told` is to be translated."""

    name: str
    told: str


@dataclass(frozen=True, slots=True)
class VoiceGroup:
    """The voices of one language, in the reader's own."""

    language: str
    voices: tuple[VoiceChoice, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """All of it. `engines` is empty where there is nothing to choose between."""

    resolutions: dict[str, str]
    engines: tuple[EngineChoice, ...]
    models: tuple[str, ...]
    voices: tuple[VoiceGroup, ...]
    languages: tuple[tuple[str, str], ...]
    recordings: tuple[Material, ...]
    pictures: tuple[Material, ...]
    has_writer: bool

    @property
    def avoids(self) -> bool:
        """Whether any engine heeds what is not to be seen."""
        return any(engine.avoids for engine in self.engines)


async def offers(use: Services, project: UUID, view: View, form: FilmForm) -> Offers:
    """What whoever looks can choose from; what the form has chosen is among it, as long as it exists."""
    engines = engines_here(use)
    voices = await asyncio.to_thread(use.speech.chooser.voices)
    files = await _files(use, project, form)
    return Offers(
        resolutions=_resolutions(use.settings.films.largest),
        engines=engines,
        models=_models(use, engines),
        voices=tuple(_grouped(voices, view)),
        languages=tuple(_languages(voices, view)),
        recordings=tuple(_material(one) for one in files if Probe.model_validate(one.probe).has_sound),
        pictures=tuple(_material(one) for one in files if Probe.model_validate(one.probe).still),
        has_writer=use.settings.writing.url is not None,
    )


def engines_here(use: Services) -> tuple[EngineChoice, ...]:
    """The engines that somebody can choose; our own two are chosen by what a film is made of."""
    specs = use.films.engines()
    if all(spec.name in {"storyboard", "audiogram"} for spec in specs):
        return ()
    told = [(spec, ENGINES.get(spec.name, spec.name)) for spec in specs]
    found = [EngineChoice(spec.name, name, _rules(spec).avoids) for spec, name in told]
    return (EngineChoice("auto", ENGINES["auto"], avoids=False), *found)


def _rules(spec: EngineSpec) -> FilmRules:
    try:
        return rules_of(spec)
    except SurtitleError:
        # It is installed and broken: who asks for it is told why.
        return FilmRules()


def _resolutions(largest: str) -> dict[str, str]:
    return {
        value: name
        for value, name in choices_of("resolution", RESOLUTIONS).items()
        if int(value[:-1]) <= int(largest[:-1])
    }


def _models(use: Services, engines: Iterable[EngineChoice]) -> tuple[str, ...]:
    fal = use.settings.fal
    if all(engine.name != "fal" for engine in engines) or not fal.models:
        return ()
    return tuple(dict.fromkeys((fal.model, *fal.models)))


def _grouped(voices: Sequence[ListedVoice], view: View) -> Iterable[VoiceGroup]:
    """By language, the reader's own first. Where none is here, the work is done elsewhere: all are shown."""
    here = [one for one in voices if one.is_here] or list(voices)
    # An engine that is listed before another one is the better one, and is asked for a name that both have.
    unique = {one.name: one for one in reversed(here)}
    best_first = [one for one in here if unique[one.name] is one]

    def place(voice: ListedVoice) -> tuple[bool, str]:
        return voice.language != view.language, _language_name(voice.language, view)

    for (_other, language), group in groupby(sorted(best_first, key=place), key=place):
        told = tuple(VoiceChoice(one.name, VOICES.get(one.summary, one.summary)) for one in group)
        yield VoiceGroup(language, told)


def _languages(voices: Sequence[ListedVoice], view: View) -> Iterable[tuple[str, str]]:
    spoken = {one.language for one in voices if one.language is not None}
    named = [(code, _language_name(code, view)) for code in spoken]
    return sorted(named, key=lambda pair: pair[1].casefold())


def _language_name(code: str | None, view: View) -> str:
    return str(view.formats.locale.languages.get(code or "", code or "-"))


async def _files(use: Services, project: UUID, form: FilmForm) -> list[Media]:
    """The newest files of the project, and those that the form names."""
    newest = list((await use.media.list(project, None, MAX_PAGE_SIZE)).items)
    known = {str(one.id) for one in newest}
    named = (form.recording, form.values.get("music", ""), form.values.get("brand.logo", ""), *form.images)
    older = [await _file(use, project, one) for one in dict.fromkeys(named) if one and one not in known]
    return newest + [one for one in older if one is not None]


async def _file(use: Services, project: UUID, media_id: str) -> Media | None:
    try:
        return await use.media.get(project, UUID(media_id))
    except (ValueError, NotFound):
        return None


def _material(media: Media) -> Material:
    return Material(str(media.id), media.name, media.duration_seconds)
