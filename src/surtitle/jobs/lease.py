"""Holding on to a claimed job: beats while it runs, and the news that it must stop."""

import asyncio
import logging
from enum import StrEnum

from sqlalchemy.exc import SQLAlchemyError

from surtitle.config import JobSettings
from surtitle.hub import Hub, job_topic
from surtitle.jobs.queue import Claim, JobQueue

log = logging.getLogger(__name__)


class StopReason(StrEnum):
    """Why a run must end before its work does."""

    CANCELLED = "cancelled"
    LEASE_LOST = "lease lost"
    WORKER_STOPS = "worker stops"


async def keep_lease(claim: Claim, queue: JobQueue, hub: Hub, settings: JobSettings) -> StopReason:
    """Beat until there is a reason to stop; the caller cancels this when the work is done.

    A worker that cannot reach the database stops itself before its lease runs out, so that two
    workers never do one job at a time.
    """
    now = asyncio.get_running_loop().time
    renewed_at = now()
    with hub.listen(job_topic(claim.job_id)) as listener:
        while True:
            last_moment = renewed_at + settings.lease_seconds - settings.beat_seconds
            try:
                # A connection that broke without a word may take longer than the lease to be noticed.
                async with asyncio.timeout_at(last_moment):
                    held, cancel = await queue.wishes(claim)
                    if held and not cancel and now() - renewed_at >= settings.beat_seconds:
                        began = now()
                        held = await queue.beat(claim)
                        # The lease counts from some moment after this one.
                        renewed_at = began
                if not held:
                    return StopReason.LEASE_LOST
                if cancel:
                    return StopReason.CANCELLED
            except (SQLAlchemyError, OSError) as error:
                reason = error or type(error).__name__
                log.warning("could not renew the lease of job %s: %s", claim.job_id, reason)
                if now() >= last_moment:
                    return StopReason.LEASE_LOST
            await listener.wait(settings.poll_seconds)
