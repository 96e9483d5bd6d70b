"""The further media of a film: pictures, music, a logo. Each must be the project's, and of its kind."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job
from surtitle.db.models import Media
from surtitle.domain.film_wishes import further_media_of, settled_engine
from surtitle.domain.jobs import FINISHED
from surtitle.domain.options import FilmJobOptions, Options
from surtitle.domain.recipes import FILM
from surtitle.errors import Invalid
from surtitle.media.errors import NoSound
from surtitle.media.probe import Probe, require_sound

_MUSIC = "options.music"


class NoSuchFilmMedia(Invalid):
    """An option names media that the project does not have."""

    slug = "media-not-found"

    def __init__(self, media_id: UUID, field: str) -> None:
        super().__init__(
            f"There is no media {media_id}. Upload it with `POST /api/media`, and give its id.", field=field
        )


async def settled_film(
    session: AsyncSession, project_id: UUID, options: Options, *, listens: bool
) -> Options:
    """The options with their engine settled, when they are a film's; what they name was looked at, and stays
    until the transaction ends.

    Raises `NoSuchFilmMedia`, `NoSound` for music without sound, `Invalid` for a picture that is none; each
    names the option.
    """
    if not isinstance(options, FilmJobOptions):
        return options
    named = further_media_of(options)
    probes = await _probes(session, project_id, list(named.values()))
    for field, media_id in named.items():
        if media_id not in probes:
            raise NoSuchFilmMedia(media_id, field)
        (_require_music if field == _MUSIC else _require_picture)(media_id, probes[media_id], field)
    return options.model_copy(update={"engine": settled_engine(options, listens=listens)})


def recording_of(options: Options, media_id: UUID | None) -> UUID | None:
    """The recording of a job: the one it was started with, or the voice that a film names."""
    own = options.voice_over_media if isinstance(options, FilmJobOptions) else None
    if own is not None and media_id not in {None, own}:
        raise Invalid(
            "media_id and voice_over_media name different recordings, and a film has one voice. Give one.",
            field="options.voice_over_media",
        )
    return media_id or own


async def unfinished_films_with(session: AsyncSession, created_by: UUID) -> Sequence[tuple[UUID, UUID]]:
    """Project and id of the films still to be made that show or play media which this person has brought."""
    films = await session.execute(
        select(Job.project_id, Job.id, Job.options).where(Job.recipe == FILM, Job.state.not_in(FINISHED))
    )
    named = {
        (project_id, job_id): set(further_media_of(FilmJobOptions.model_validate(options)).values())
        for project_id, job_id, options in films
    }
    wanted = set[UUID]().union(*named.values())
    theirs = set(
        await session.scalars(select(Media.id).where(Media.id.in_(wanted), Media.created_by == created_by))
    )
    return [film for film, media_ids in named.items() if media_ids & theirs]


async def _probes(session: AsyncSession, project_id: UUID, media_ids: Sequence[UUID]) -> Mapping[UUID, Probe]:
    if not media_ids:
        return {}
    # Held as a foreign key would hold them: who deletes one waits, and then sees the job.
    rows = await session.scalars(
        select(Media)
        .where(Media.id.in_(media_ids), Media.project_id == project_id)
        .with_for_update(read=True, key_share=True)
    )
    return {media.id: Probe.model_validate(media.probe) for media in rows}


def _require_picture(media_id: UUID, probe: Probe, field: str) -> None:
    if not probe.still:
        raise Invalid(
            f"Media {media_id} is no picture. Upload a JPEG, PNG or WebP with `POST /api/media`.", field=field
        )


def _require_music(media_id: UUID, probe: Probe, field: str) -> None:
    try:
        require_sound(probe)
    except NoSound as error:
        raise NoSound(
            f"Media {media_id} holds no sound, so it cannot be a film's music. Choose a recording.",
            field=field,
        ) from error
