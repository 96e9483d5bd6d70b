"""What films look like in a list: their posters, made small once and kept as long as this process lives."""

import asyncio
from collections import OrderedDict
from uuid import UUID

from surtitle.api.services import Services
from surtitle.db.job_models import Artifact
from surtitle.errors import NotFound
from surtitle.pipelines.result_files import FILM_FILES, kept_file

POSTER_SIDE = 480
# Some ten kilobytes each.
_MOST_KEPT = 400


class NoPoster(NotFound):
    """The film has no picture yet, or not any more."""

    slug = "no-poster"

    def __init__(self, job_id: UUID) -> None:
        super().__init__(f"The film {job_id} has no picture yet.")


class Posters:
    """One for each process."""

    def __init__(self) -> None:
        self._small: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

    async def artifact(self, use: Services, project: UUID, job_id: UUID) -> Artifact:
        """The poster as the job keeps it. Raises `NoPoster`."""
        found = kept_file(await use.jobs.get(project, job_id), FILM_FILES["jpg"])
        if found is None:
            raise NoPoster(job_id)
        return found

    async def small(self, use: Services, artifact: Artifact) -> tuple[bytes, str]:
        """Its bytes and their media type."""
        if artifact.sha256 not in self._small:
            data = await use.jobs.read(artifact)
            self._small[artifact.sha256] = await asyncio.to_thread(_small, data)
        self._small.move_to_end(artifact.sha256)
        made = self._small[artifact.sha256]
        while len(self._small) > _MOST_KEPT:
            self._small.popitem(last=False)
        return made


def _small(data: bytes) -> tuple[bytes, str]:
    try:
        from surtitle.pipelines.film.small_pictures import small_picture  # noqa: PLC0415 - loads Skia

        return small_picture(data, POSTER_SIDE), "image/webp"
    except (ImportError, ValueError):
        return data, "image/jpeg"
