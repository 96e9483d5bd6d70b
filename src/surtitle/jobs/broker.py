"""The job table as a Taskiq broker: its receiver gets claims instead of messages from a transport."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from taskiq import AckableMessage, AsyncBroker, BrokerMessage
from taskiq.message import TaskiqMessage

from surtitle.config import JobSettings
from surtitle.errors import Invalid
from surtitle.hub import QUEUE, Hub
from surtitle.jobs.owner import Owner
from surtitle.jobs.queue import Claim, JobQueue
from surtitle.jobs.slot import Slot

log = logging.getLogger(__name__)

RUN_JOB = "surtitle.jobs.run"
"""The one task: run a claimed job. Its arguments are those of `Claim`."""

_DATABASE_AWAY_SECONDS = 1.0


class JobTableBroker(AsyncBroker):
    """Hands out claimed jobs as messages for the task `RUN_JOB`.

    Acknowledging does nothing: the run itself settles its job with the fence it claimed.
    """

    def __init__(
        self,
        queue: JobQueue,
        hub: Hub,
        settings: JobSettings,
        *,
        slot: Slot,
        owner: Owner,
        only: Sequence[UUID] | None = None,
    ) -> None:
        super().__init__()
        self._queue = queue
        self._hub = hub
        self._settings = settings
        self._slot = slot
        self._owner = owner
        self._only = only

    async def kick(self, message: BrokerMessage) -> None:
        """Refused: a job begins as a row, in the transaction that accepts it."""
        raise Invalid(f"Task {message.task_name!r} cannot be sent; start jobs with JobService.create.")

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """One message for each job claimed. Taskiq asks for the next only when a slot is free."""
        with self._hub.listen(QUEUE) as listener:
            while True:
                claim = await self._claim()
                if claim is not None:
                    yield AckableMessage(data=self._message(claim), ack=_nothing)
                    continue
                # Workers that poll in step would all miss, or all hit, the same moment.
                await listener.wait(self._settings.poll_seconds * random.uniform(0.8, 1.2))  # noqa: S311

    async def _claim(self) -> Claim | None:
        attempt = asyncio.create_task(self._claim_on_offer())
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            # The receiver stops while we claim: a job that was won must not wait for its lease to end.
            claim = await attempt
            if claim is not None:
                await self._queue.hand_back(claim)
                self._slot.leave()
            raise
        except (SQLAlchemyError, OSError) as error:
            log.warning("could not look for work: %s", error)
            await asyncio.sleep(_DATABASE_AWAY_SECONDS)
            return None

    async def _claim_on_offer(self) -> Claim | None:
        claim = None
        try:
            if (offer := self._slot.offer()) is not None:
                claim = await self._queue.claim(offer, self._owner, self._only)
        finally:
            if claim is None:
                self._slot.leave()
            else:
                self._slot.keep_for(claim.engine)
        return claim

    def _message(self, claim: Claim) -> bytes:
        message = TaskiqMessage(
            task_id=f"{claim.job_id}:{claim.fence}",
            task_name=RUN_JOB,
            labels={},
            args=[str(claim.job_id), claim.fence, claim.attempt, claim.engine, asdict(claim.origin)],
            kwargs={},
        )
        return self.formatter.dumps(message).message


async def _nothing() -> None:
    return None
