"""A request for work that comes a second time gets the job of the first."""

import hashlib
import json
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job
from surtitle.db.locks import hold
from surtitle.db.models import IdempotencyKey
from surtitle.jobs.acceptance import NewJob
from surtitle.jobs.errors import IdempotencyMismatch, JobNotFound
from surtitle.jobs.repository import JobRepository

_IDEMPOTENCY_SCOPE = "jobs"


async def known_job(session: AsyncSession, wish: NewJob, key: str) -> Job | None:
    """The job that the wish made before under this key. Raises `IdempotencyMismatch` for another wish.

    Until the transaction ends nobody else finds out the same.
    """
    await hold(session, "job", wish.project_id, key)
    repository = JobRepository(session)
    known = await repository.remembered(wish.project_id, _IDEMPOTENCY_SCOPE, key)
    if known is None:
        return None
    if known.request_hash != _fingerprint(wish):
        raise IdempotencyMismatch(key)
    job = await repository.get(wish.project_id, known.object_id)
    if job is None:
        raise JobNotFound(known.object_id)
    return job


def remembered(wish: NewJob, key: str, job_id: UUID) -> IdempotencyKey:
    """What makes a repeat of the wish find its job."""
    return IdempotencyKey(
        project_id=wish.project_id,
        scope=_IDEMPOTENCY_SCOPE,
        key=key,
        request_hash=_fingerprint(wish),
        object_id=job_id,
    )


def _fingerprint(wish: NewJob) -> str:
    told = [wish.recipe, str(wish.media_id), wish.options, wish.surface, wish.priority, wish.start]
    if wish.transcript_id is not None:
        told += [str(wish.transcript_id), wish.revision]
    if wish.profile_id is not None:
        told.append(str(wish.profile_id))
    if wish.queue is not None:
        told.append(wish.queue)
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
