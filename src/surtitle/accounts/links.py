"""Signed links: one file, for reading, until a moment, to whoever has the link.

Nothing is stored: the signature is over the object, its name and the moment, with a key that is derived
from the installation's secret. A link to what is gone, or in an archived project, leads nowhere.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import select

from surtitle.accounts.secrets import Secrets
from surtitle.clock import utc_now
from surtitle.db.account_models import Project
from surtitle.db.engine import Database
from surtitle.db.job_models import Artifact, Job
from surtitle.db.models import Media
from surtitle.errors import Forbidden, NotFound

DEFAULT_SECONDS = 3600
MOST_SECONDS = 7 * 24 * 3600
"""As long as those of S3 may last (AWS Signature Version 4, query parameters)."""

_PURPOSE = "link"
# HEAD tells less than GET, and goes with it.
_METHOD = "GET"
_RENEWED = (
    "Ask for another: `POST /api/jobs/{job_id}/artifacts/{name}/link`, `POST /api/media/{media_id}/link` "
    "or, where the server runs, `surtitle artifacts reissue JOB`."
)


class LinkNotValid(Forbidden):
    """The signature of a link is not ours, or not for this file and this moment."""

    slug = "link-not-valid"

    def __init__(self) -> None:
        super().__init__(f"The link is damaged or was changed. Copy the whole of it. {_RENEWED}")


class LinkExpired(Forbidden):
    """The link worked until a moment that has passed."""

    slug = "link-expired"

    def __init__(self, expired_at: datetime) -> None:
        super().__init__(f"The link worked until {expired_at.isoformat()}. {_RENEWED}")


class LinkedFileGone(NotFound):
    """What the link led to is deleted, or its project is archived."""

    slug = "linked-file-gone"

    def __init__(self) -> None:
        super().__init__("The file that this link led to is not there any more.")


@dataclass(frozen=True, slots=True)
class SignedLink:
    """`path` on this server, with the query that makes it work until `expires_at`."""

    path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """What a link leads to: an artifact of a job by its name, or a recording as it was sent."""

    project_id: UUID
    name: str
    job_id: UUID | None = None
    media_id: UUID | None = None


class Links:
    """Makes links and follows them."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets

    def sign(self, object_id: UUID, name: str, seconds: int = DEFAULT_SECONDS) -> SignedLink:
        """A link to an artifact or a recording. The caller has seen to it that its maker may read it."""
        expires_at = (utc_now() + timedelta(seconds=seconds)).replace(microsecond=0)
        expires = int(expires_at.timestamp())
        signature = self._secrets.signature(_PURPOSE, _signed(object_id, expires, name))
        path = f"/files/{object_id}/{quote(name, safe='')}?expires={expires}&signature={signature}"
        return SignedLink(path, expires_at)

    async def follow(self, object_id: UUID, name: str, expires: int, signature: str) -> LinkedFile:
        """What the link leads to. Raises `LinkNotValid`, `LinkExpired`, `LinkedFileGone`."""
        if not self._secrets.signed(_PURPOSE, _signed(object_id, expires, name), signature):
            raise LinkNotValid
        expires_at = datetime.fromtimestamp(expires, UTC)
        if expires_at <= utc_now():
            raise LinkExpired(expires_at)
        found = await self._artifact(object_id) or await self._recording(object_id)
        if found is None:
            raise LinkedFileGone
        return found

    async def _artifact(self, object_id: UUID) -> LinkedFile | None:
        async with self._database.reading() as session:
            found = await session.execute(
                select(Job.project_id, Artifact.name, Job.id)
                .join(Job, Job.id == Artifact.job_id)
                .join(Project, Project.id == Job.project_id)
                .where(Artifact.id == object_id, Project.archived_at.is_(None))
            )
            row = found.one_or_none()
        return LinkedFile(row[0], row[1], job_id=row[2]) if row else None

    async def _recording(self, object_id: UUID) -> LinkedFile | None:
        async with self._database.reading() as session:
            found = await session.execute(
                select(Media.project_id, Media.name)
                .join(Project, Project.id == Media.project_id)
                .where(Media.id == object_id, Project.archived_at.is_(None))
            )
            row = found.one_or_none()
        return LinkedFile(row[0], row[1], media_id=object_id) if row else None


def _signed(object_id: UUID, expires: int, name: str) -> str:
    """The name last: it is a person's, and may hold whatever stands between the others."""
    return f"{_METHOD}\n{object_id}\n{expires}\n{name}"
