"""A request for work that comes a second time gets the job of the first."""

import hashlib
import json

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job
from surtitle.db.locks import hold
from surtitle.db.repeats import Repeatable
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import JobNotFound
from surtitle.jobs.repository import JobRepository

_SCOPE = "jobs"


def repeatable(wish: NewJob, key: str) -> Repeatable:
    """The wish under its key."""
    return Repeatable(wish.project_id, _SCOPE, key, _fingerprint(wish))


async def known_job(session: AsyncSession, request: Repeatable) -> Job | None:
    """The job that the request made before. Raises `KeyReused` where it was another request's key.

    Until the transaction ends nobody else finds out the same.
    """
    await hold(session, "job", request.project_id, request.key)
    job_id = await request.made(session)
    if job_id is None:
        return None
    job = await JobRepository(session).get(request.project_id, job_id)
    if job is None:
        raise JobNotFound(job_id)
    return job


def _fingerprint(wish: NewJob) -> str:
    told = [wish.recipe, str(wish.media_id), wish.options, wish.surface, wish.priority, wish.start]
    if wish.transcript_id is not None:
        told += [str(wish.transcript_id), wish.revision]
    if wish.profile_id is not None:
        told.append(str(wish.profile_id))
    if wish.queue is not None:
        told.append(wish.queue)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
