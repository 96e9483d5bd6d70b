"""Transcripts that could not be indexed: none is tried again and again, and none keeps others waiting."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, delete, exists
from sqlalchemy.ext.asyncio import AsyncSession

from surtitle.clock import utc_now
from surtitle.db.models import StoredTranscript
from surtitle.db.search_models import UnindexedTranscript
from surtitle.pipelines.search.chunking import METHOD

_FIRST_PAUSE = timedelta(minutes=1)
# Whatever was wrong is found mended within the hour.
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_DOUBLED = 6


def is_put_off() -> ColumnElement[bool]:
    """Whether the newest revision of a `StoredTranscript` failed, and it is not yet time to try it again when
    the statement is run.
    """
    now = bindparam(None, callable_=utc_now, type_=UnindexedTranscript.retry_at.type)
    return exists().where(
        UnindexedTranscript.transcript_id == StoredTranscript.id,
        UnindexedTranscript.revision == StoredTranscript.head,
        UnindexedTranscript.method == METHOD,
        UnindexedTranscript.retry_at > now,
    )


async def put_off(session: AsyncSession, transcript_id: UUID, revision: int) -> bool:
    """Try this revision again later, and later still each time. False where the transcript is gone."""
    # Held: it must not go before its row is written.
    if await session.get(StoredTranscript, transcript_id, with_for_update={"key_share": True}) is None:
        return False
    known = await session.get(UnindexedTranscript, transcript_id)
    failed = known or UnindexedTranscript(transcript_id=transcript_id, failures=0)
    failed.failures = failed.failures + 1 if failed.revision == revision else 1
    failed.revision, failed.method = revision, METHOD
    doubled = _FIRST_PAUSE * 2 ** min(failed.failures - 1, _MOST_DOUBLED)
    failed.retry_at = utc_now() + min(doubled, _LONGEST_PAUSE)
    session.add(failed)
    return True


async def forget_failures(session: AsyncSession, *transcripts: ColumnElement[bool]) -> None:
    """Have those that failed tried again at once; `transcripts` says which, by `UnindexedTranscript`."""
    await session.execute(delete(UnindexedTranscript).where(*transcripts))
