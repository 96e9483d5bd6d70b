"""What the page of a job shows of a film: how it grows, the film itself, the way to another one like it."""

from dataclasses import dataclass

from pydantic import ValidationError

from surtitle.api.services import Services
from surtitle.clock import utc_now
from surtitle.db.job_models import Job
from surtitle.domain.jobs import JobState
from surtitle.domain.recipes import FILM
from surtitle.jobs.service import JobDetail
from surtitle.pipelines.film.script.schema import SCRIPT_JSON, read_script
from surtitle.pipelines.result_files import FILM_FILES, kept_file
from surtitle.web.choices import ASPECTS
from surtitle.web.film_words import SAME_EVERYWHERE
from surtitle.web.films import shape_of
from surtitle.web.forms import HOME

# Before it nobody can tell how long the rest takes.
_TELLING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class FilmScene:
    """What one scene says: what stands large in it, and what is spoken."""

    heading: str
    narration: str


@dataclass(frozen=True, slots=True)
class Variation:
    """Another film like it; `told` is to be translated."""

    address: str
    told: str


@dataclass(frozen=True, slots=True)
class FilmPart:
    """Addresses are empty where there is nothing yet. `shape`: `wide`, `tall` or `square`."""

    shape: str
    poster: str
    sketch: str
    film: str
    captions: str
    captions_drawn: bool
    language: str
    scenes: tuple[FilmScene, ...]
    warnings: tuple[str, ...]
    """What was made otherwise than asked for, in the service's own English."""
    left_seconds: float | None
    like: str
    aspects: tuple[Variation, ...]
    templates: tuple[Variation, ...]


async def film_part(use: Services, detail: JobDetail) -> FilmPart | None:
    """For the page of a job; None of one that is no film."""
    job = detail.job
    if job.recipe != FILM:
        return None
    has = {ending: kept_file(detail, name) is not None for ending, name in FILM_FILES.items()}
    language, scenes = await _told(use, detail)
    like = f"{HOME}/films/new?like={job.id}"
    return FilmPart(
        shape=shape_of(job),
        poster=f"/api/jobs/{job.id}/preview/frame" if has["jpg"] else "",
        sketch=f"/api/jobs/{job.id}/result?format=gif",
        film=f"/api/jobs/{job.id}/result?format=mp4" if has["mp4"] else "",
        captions=f"{HOME}/films/{job.id}/captions.vtt" if has["mp4"] and has["srt"] else "",
        captions_drawn=job.options.get("captions") == "burned",
        language=language,
        scenes=scenes,
        warnings=tuple(str(one.get("detail", "")) for one in job.warnings if "step" in one),
        left_seconds=_left_seconds(job),
        like=like,
        aspects=_variations(like, "aspect", ASPECTS, job),
        templates=_variations(like, "template", SAME_EVERYWHERE["template"], job),
    )


async def _told(use: Services, detail: JobDetail) -> tuple[str, tuple[FilmScene, ...]]:
    """Language and scenes of the script; a film of a sound alone has none."""
    if (artifact := kept_file(detail, SCRIPT_JSON)) is None:
        return "", ()
    try:
        script = read_script(await use.jobs.read(artifact))
    except ValidationError:
        return "", ()
    return script.language, tuple(FilmScene(one.heading, one.narration) for one in script.scenes)


def _variations(like: str, option: str, names: dict[str, str], job: Job) -> tuple[Variation, ...]:
    """The other values that a choice has."""
    taken = job.options.get(option)
    return tuple(Variation(f"{like}&{option}={one}", told) for one, told in names.items() if one != taken)


def _left_seconds(job: Job) -> float | None:
    if job.state != JobState.RUNNING or job.started_at is None or job.progress < _TELLING_SHARE:
        return None
    spent = (utc_now() - job.started_at).total_seconds()
    return spent * (1 - job.progress) / job.progress
