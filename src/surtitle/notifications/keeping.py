"""What was sent, what failed, what is tried again: for operators. Nobody's address is told."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from surtitle.clock import utc_now
from surtitle.config import MailSettings
from surtitle.db.engine import Database
from surtitle.db.notification_models import OutboxLetter
from surtitle.errors import NotFound
from surtitle.hub import Hub
from surtitle.notifications.claiming import FAILED, WAITING
from surtitle.notifications.letters import TOPIC

_AT_ONCE = 1000


class LetterNotFound(NotFound):
    """None that failed has this id."""

    slug = "letter-not-found"

    def __init__(self, letter_id: UUID) -> None:
        super().__init__(
            f"There is no letter {letter_id} that failed. `surtitle notifications list --state failed` shows "
            "those that there are."
        )


class Outbox:
    """The table as operators see it."""

    def __init__(self, database: Database, hub: Hub, settings: MailSettings) -> None:
        self._database = database
        self._hub = hub
        self._keep = timedelta(days=settings.keep_days)

    async def newest(self, state: str | None, limit: int) -> Sequence[OutboxLetter]:
        """The newest first."""
        query = select(OutboxLetter).order_by(OutboxLetter.id.desc()).limit(limit)
        if state is not None:
            query = query.where(OutboxLetter.state == state)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def retry(self, letter_id: UUID | None = None) -> int:
        """Try what failed once more, all of it or one; how many. Raises `LetterNotFound` for one that did not
        fail. What came too late to be of use stays as it is.
        """
        which: list[ColumnElement[bool]] = [
            OutboxLetter.state == FAILED,
            OutboxLetter.expires_at.is_(None) | (OutboxLetter.expires_at > utc_now()),
        ]
        if letter_id is not None:
            which.append(OutboxLetter.id == letter_id)
        async with self._database.writing() as session:
            again = await session.scalars(
                update(OutboxLetter)
                .where(*which)
                # As if it were new: else it would be given up again at once.
                .values(state=WAITING, attempts=0, due_epoch=0.0, settled_at=None, created_at=utc_now())
                .returning(OutboxLetter.id)
            )
            count = len(again.all())
        if letter_id is not None and not count:
            raise LetterNotFound(letter_id)
        self._hub.wake(TOPIC)
        return count

    async def remove_old(self) -> int:
        """Forget what was sent or failed long ago; how many."""
        old = select(OutboxLetter.id).where(OutboxLetter.settled_at < utc_now() - self._keep).limit(_AT_ONCE)
        removed = 0
        while True:
            async with self._database.writing() as session:
                gone = await session.scalars(
                    delete(OutboxLetter).where(OutboxLetter.id.in_(old)).returning(OutboxLetter.id)
                )
                count = len(gone.all())
            removed += count
            if count < _AT_ONCE:
                return removed
