"""The further media of a film: pictures, music, a logo. Each must be the project's, and of its kind."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.models import Media
from surtitle.domain.film_wishes import pictures_of, settled_engine
from surtitle.domain.options import FilmJobOptions, Options
from surtitle.errors import Invalid
from surtitle.media.errors import MediaNotFound
from surtitle.media.probe import Probe, require_sound


async def settled_film(
    session: AsyncSession, project_id: UUID, options: Options, *, listens: bool
) -> Options:
    """The options with their engine settled, when they are a film's; what they name was looked at.

    Raises `MediaNotFound`, and `Invalid` for a picture that is none or music without sound.
    """
    if not isinstance(options, FilmJobOptions):
        return options
    logo = (options.brand.logo,) if options.brand.logo is not None else ()
    music = (options.music,) if options.music is not None else ()
    found = await _probes(session, project_id, (*pictures_of(options), *logo, *music))
    for media_id in (*pictures_of(options), *logo):
        _require_picture(media_id, found[media_id])
    for media_id in music:
        require_sound(found[media_id])
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


async def _probes(session: AsyncSession, project_id: UUID, media_ids: Sequence[UUID]) -> Mapping[UUID, Probe]:
    query = select(Media).where(Media.id.in_(media_ids), Media.project_id == project_id)
    rows = await session.scalars(query) if media_ids else ()
    found = {media.id: Probe.model_validate(media.probe) for media in rows}
    for media_id in media_ids:
        if media_id not in found:
            raise MediaNotFound(media_id)
    return found


def _require_picture(media_id: UUID, probe: Probe) -> None:
    if not probe.still:
        raise Invalid(
            f"Media {media_id} is no picture. Upload a JPEG, PNG or WebP with `POST /api/media`.",
            field="options.images",
        )
