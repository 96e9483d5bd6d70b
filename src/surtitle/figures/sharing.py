"""One server reads, the others tell what it found: so many scraped servers cost the database little more
than one.

Only with PostgreSQL. On SQLite there is one server, and a row written at every scrape would wake all who
watch the file.
"""

from collections.abc import Sequence

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert

from surtitle.db.engine import Database
from surtitle.db.figure_models import SharedFigures
from surtitle.db.time import epoch_now
from surtitle.observability.metrics import Part, Sample
from surtitle.observability.metrics.readings import Read

# Who was to read it and has not by then is taken to be gone.
_TURN_SECONDS = 10.0


class Shared:
    """Parts that are read once for all servers of an installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def part(self, name: str, read: Read, fresh_seconds: float) -> Part:
        """A part that is at most `fresh_seconds` old, and where somebody reads it just now a little more."""
        if self._database.is_sqlite:
            return Part(name, read, fresh_seconds)

        async def read_for_all() -> Sequence[Sample]:
            return await self._read(name, read, fresh_seconds / 2)

        return Part(name, read_for_all, fresh_seconds / 2)

    async def _read(self, name: str, read: Read, fresh_seconds: float) -> Sequence[Sample]:
        known = await self._known(name, fresh_seconds)
        if known is not None:
            return known
        if not await self._take_turn(name, fresh_seconds):
            # Somebody is at it. What they found last is hardly older than what they will find.
            known = await self._known(name, fresh_seconds + _TURN_SECONDS)
            return known if known is not None else await read()
        samples = await read()
        await self._tell(name, samples)
        return samples

    async def _known(self, name: str, within_seconds: float) -> list[Sample] | None:
        row = SharedFigures
        async with self._database.reading() as session:
            samples = await session.scalar(
                select(row.samples).where(row.part == name, row.read_epoch > epoch_now() - within_seconds)
            )
        if samples is None:
            return None
        return [Sample(figure, tuple(labels), value) for figure, labels, value in samples]

    async def _take_turn(self, name: str, fresh_seconds: float) -> bool:
        row, turn = SharedFigures, epoch_now() + _TURN_SECONDS
        async with self._database.writing() as session:
            taken = await session.scalar(
                insert(row)
                .values(part=name, turn_until_epoch=turn)
                .on_conflict_do_update(
                    index_elements=[row.part],
                    set_={"turn_until_epoch": turn},
                    # Another may have read it since we looked.
                    where=and_(
                        row.turn_until_epoch < epoch_now(), row.read_epoch <= epoch_now() - fresh_seconds
                    ),
                )
                .returning(row.part)
            )
        return taken is not None

    async def _tell(self, name: str, samples: Sequence[Sample]) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(SharedFigures)
                .where(SharedFigures.part == name)
                .values(
                    samples=[list(sample) for sample in samples], read_epoch=epoch_now(), turn_until_epoch=0.0
                )
            )
