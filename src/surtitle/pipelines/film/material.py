"""What a person adds to a film: pictures, music, a logo, taken from the store when they are needed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from surtitle.db.models import Media
from surtitle.domain.film_wishes import pictures_of
from surtitle.domain.films import Brand
from surtitle.domain.options import FilmJobOptions
from surtitle.jobs.work import JobWork
from surtitle.pipelines.film.errors import FilmMediaGone

_OPAQUE_LENGTH = len("#RRGGBB")


@asynccontextmanager
async def files_of(work: JobWork, media_ids: Sequence[UUID]) -> AsyncIterator[tuple[Path, ...]]:
    """The files of the project's media, in order, while the block lasts. Raises `FilmMediaGone`."""
    async with AsyncExitStack() as stack:
        files = []
        for media_id in media_ids:
            media = await _media(work, media_id)
            file = work.store.as_file(media.object_key, work.scratch, sha256=media.sha256)
            files.append(await stack.enter_async_context(file))
        yield tuple(files)


@asynccontextmanager
async def kept_file(work: JobWork, name: str) -> AsyncIterator[Path]:
    """A file that an earlier step of this job has kept, however long it is."""
    kept = next(artifact for artifact in await work.artifacts(name) if artifact.name == name)
    async with work.store.as_file(kept.object_key, work.scratch, sha256=kept.sha256) as path:
        yield path


@asynccontextmanager
async def pictures_and_brand(
    work: JobWork, options: FilmJobOptions, most: int
) -> AsyncIterator[tuple[tuple[Path, ...], Brand]]:
    """The first `most` pictures, and the brand with its logo."""
    shown = pictures_of(options)[:most]
    logos = (options.brand.logo,) if options.brand.logo is not None else ()
    async with files_of(work, (*shown, *logos)) as files:
        yield files[: len(shown)], _brand(options, files[-1] if logos else None)


def _brand(options: FilmJobOptions, logo: Path | None) -> Brand:
    asked = options.brand
    return Brand(_solid(asked.background), _solid(asked.text), _solid(asked.accent), asked.font, logo)


def _solid(colour: str | None) -> str | None:
    # A picture has no opacity of its own.
    return colour[:_OPAQUE_LENGTH] if colour is not None else None


async def _media(work: JobWork, media_id: UUID) -> Media:
    query = select(Media).where(Media.id == media_id, Media.project_id == work.job.project_id)
    async with work.reading() as session:
        media = await session.scalar(query)
    if media is None:
        raise FilmMediaGone(media_id)
    return media
