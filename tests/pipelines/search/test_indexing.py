"""What one transcript does wrong, and how little the others notice."""

import logging
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from pydantic import TypeAdapter
from sqlalchemy import select, update
from tests.pipelines.search.conftest import COUNCIL, HELPLINE, OpenRoom
from tests.servers.both import ON_BOTH

from surtitle.clock import utc_now
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.search_models import IndexedTranscript, UnindexedTranscript
from surtitle.observability.engine_output import ENGINE_OUTPUT
from surtitle.transcripts.operations import Operation

OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)


async def failures(database: Database) -> dict[UUID, int]:
    async with database.reading() as session:
        rows = await session.execute(select(UnindexedTranscript))
        return {row.transcript_id: row.failures for row in rows.scalars()}


async def an_hour_passes(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(update(UnindexedTranscript).values(retry_at=utc_now() - timedelta(seconds=1)))


@ON_BOTH
async def test_a_word_longer_than_any_index_takes_is_indexed_as_far_as_it_goes(open_room: OpenRoom) -> None:
    room = open_room()
    draw = Random(1)
    endless = "".join(chr(draw.randrange(0x4E00, 0x9FFF)) for _ in range(200_000))
    await room.bring("endless", [("Ann", f"{endless} harbour")], "zh")
    await room.bring("council", COUNCIL)
    assert await room.parts.indexing.work_off() == 2
    assert (await room.texts(endless[:4]))[0].startswith(endless[:4])
    assert not await room.parts.indexing.needed()


@ON_BOTH
async def test_a_transcript_that_cannot_be_read_is_put_off_and_stops_no_other(
    open_room: OpenRoom, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    room = open_room()
    lost = await room.bring("helpline", HELPLINE)
    for file in (tmp_path / "files").rglob("*.json.gz"):
        file.write_bytes(b"nothing that anybody packed")
    await room.bring("council", COUNCIL)
    with caplog.at_level(logging.WARNING):
        assert await room.parts.indexing.work_off() == 1
    assert [record.getMessage().count(str(lost.id)) for record in caplog.records] == [1]
    assert (await room.find("bridge")).waiting == 0
    # Also after a restart.
    room = open_room()
    assert not await room.parts.indexing.needed()
    assert await failures(room.database) == {lost.id: 1}

    await an_hour_passes(room.database)
    assert await room.parts.indexing.needed()
    assert await room.parts.indexing.work_off() == 0
    assert await failures(room.database) == {lost.id: 2}
    # Whoever has mended it need not wait.
    assert await room.parts.indexing.reindex(PERSONAL_PROJECT) == 2
    assert await failures(room.database) == {}
    await room.transcripts.delete(PERSONAL_PROJECT, lost.id)
    assert await room.parts.indexing.work_off() == 1
    assert await failures(room.database) == {}


async def test_a_text_that_the_engine_cannot_bear_is_put_off_beyond_a_restart(open_room: OpenRoom) -> None:
    room = open_room(meaning="auto")
    broken = await room.bring("broken", [("Ann", "Numbers explode in the harbour.")])
    assert await room.parts.indexing.work_off() == 1
    assert await failures(room.database) == {broken.id: 1}
    room = open_room(meaning="auto")
    assert not await room.parts.indexing.needed()
    await room.bring("helpline", HELPLINE)
    assert await room.parts.indexing.work_off() == 1
    async with room.database.reading() as session:
        embedders = list(await session.scalars(select(IndexedTranscript.embedder)))
    assert sorted(embedders, key=str) == [None, "concepts:concepts"]
    # An edit is tried at once.
    wish = {"op": "replace_text", "find": "explode", "replace": "add up"}
    await room.transcripts.revise(PERSONAL_PROJECT, broken.id, 1, [OPERATION.validate_python(wish)])
    assert await room.parts.indexing.work_off() == 1
    assert await failures(room.database) == {}


async def test_what_the_engine_repeats_of_a_text_is_not_in_the_ordinary_log(
    open_room: OpenRoom, caplog: pytest.LogCaptureFixture
) -> None:
    room = open_room(meaning="auto")
    await room.bring("broken", [("Ann", "Please repeat the word periwinkle.")])
    with caplog.at_level(logging.WARNING):
        assert await room.parts.indexing.work_off() == 1
        await room.find("repeat periwinkle")
    told = [record for record in caplog.records if record.name != ENGINE_OUTPUT]
    assert [record.name for record in told if record.name.startswith("surtitle.pipelines")] == [
        "surtitle.pipelines.search.indexing",
        "surtitle.pipelines.search.finding",
    ]
    assert "periwinkle" not in "".join(record.getMessage() for record in told)
