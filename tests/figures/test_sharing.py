"""Many servers, one look: what one has read the others tell."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.servers.both import ON_BOTH

from surtitle.db.engine import Database
from surtitle.db.figure_models import SharedFigures
from surtitle.db.time import epoch_now
from surtitle.figures.sharing import Shared
from surtitle.observability.metrics import Sample

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Source:
    """Counts how often it is read."""

    def __init__(self) -> None:
        self.looks = 0
        self.breaks = False

    async def read(self) -> Sequence[Sample]:
        self.looks += 1
        if self.breaks:
            raise ConnectionError("no route")
        return [Sample("surtitle_queue_workers", ("cpu",), float(self.looks))]


@ON_POSTGRESQL
async def test_ten_servers_read_once(database: Database) -> None:
    source = Source()
    parts = [Shared(database).part("jobs", source.read, 60.0) for _ in range(10)]
    first = await parts[0].read()
    told = await asyncio.gather(*(part.read() for part in parts))
    assert source.looks == 1
    assert all(samples == first for samples in told)


@ON_POSTGRESQL
async def test_what_is_old_is_read_anew_by_one(database: Database) -> None:
    source = Source()
    parts = [Shared(database).part("jobs", source.read, 60.0) for _ in range(4)]
    await parts[0].read()
    async with database.writing() as session:
        await session.execute(update(SharedFigures).values(read_epoch=epoch_now() - 31))
    told = await asyncio.gather(*(part.read() for part in parts))
    assert source.looks == 2
    values = {samples[0].value for samples in told}
    assert values <= {1.0, 2.0}, "who came while it was read anew tells what was known"
    assert (await parts[3].read())[0].value == 2.0


@ON_POSTGRESQL
async def test_a_server_that_dies_in_the_middle_keeps_nobody_from_reading(database: Database) -> None:
    source = Source()
    part = Shared(database).part("jobs", source.read, 60.0)
    async with database.writing() as session:
        session.add(SharedFigures(part="jobs", turn_until_epoch=epoch_now() + 5))
    assert (await part.read())[0].value == 1.0, "nothing is known, so it is read without a turn"


@ON_POSTGRESQL
async def test_a_look_that_fails_fails_here_and_is_taken_up_by_the_next(database: Database) -> None:
    broken, whole = Source(), Source()
    broken.breaks = True
    with pytest.raises(ConnectionError):
        await Shared(database).part("jobs", broken.read, 60.0).read()
    assert (await Shared(database).part("jobs", whole.read, 60.0).read())[0].value == 1.0


async def test_on_one_machine_nothing_is_written(database: Database, tmp_path: Path) -> None:
    source = Source()
    part = Shared(database).part("jobs", source.read, 60.0)
    before = (tmp_path / "surtitle.db").stat().st_mtime_ns
    for _ in range(3):
        await part.read()
    assert source.looks == 3, "the process's own cache is in front of it"
    assert (tmp_path / "surtitle.db").stat().st_mtime_ns == before


@ON_BOTH
async def test_parts_do_not_mix(database: Database) -> None:
    first, second = Source(), Source()
    second.looks = 40
    shared = Shared(database)
    assert (await shared.part("jobs", first.read, 60.0).read())[0].value == 1.0
    assert (await shared.part("outbox", second.read, 60.0).read())[0].value == 41.0
