"""What people know jobs by: the recording, the transcript, or how a film's prompt begins."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.db.job_models import Job
from surtitle.db.models import Media, StoredTranscript

_PROMPT_CHARACTERS = 80


async def names_of(session: AsyncSession, jobs: Sequence[Job]) -> dict[UUID, str]:
    """By the job's id; those without a name are left out."""
    recordings = await session.execute(
        select(Media.id, Media.name).where(Media.id.in_({job.media_id for job in jobs if job.media_id}))
    )
    texts = await session.execute(
        select(StoredTranscript.id, StoredTranscript.name).where(
            StoredTranscript.id.in_({job.transcript_id for job in jobs if job.transcript_id})
        )
    )
    known = {row.id: row.name for row in (*recordings, *texts)}
    named = {job.id: known.get(job.media_id) or known.get(job.transcript_id) or _prompt(job) for job in jobs}
    return {job_id: name for job_id, name in named.items() if name}


def _prompt(job: Job) -> str | None:
    prompt = job.options.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        return job.label
    begins = " ".join(prompt.split())
    return begins if len(begins) <= _PROMPT_CHARACTERS else f"{begins[:_PROMPT_CHARACTERS].rstrip()}…"
