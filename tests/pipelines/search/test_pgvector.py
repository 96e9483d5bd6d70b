import asyncio

import numpy as np
import pytest
from sqlalchemy import text
from tests.pipelines.search.conftest import COUNCIL, HELPLINE, OTHER_PROJECT, OpenRoom, Room

from surtitle.db import migrate
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.moving import require_fit
from surtitle.errors import Invalid
from surtitle.pipelines.search import pgvector, pgvector_table
from surtitle.pipelines.search.memory_vectors import MemoryVectors
from surtitle.pipelines.search.pgvector import PgVectors
from surtitle.pipelines.search.vectors import Among, packed, unpacked

QUESTION = np.array([0.1, 0.5, 0, 0.7, 0.1], dtype=np.float32)

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def helpline(open_room: OpenRoom) -> Room:
    """With one conversation, whose vectors nobody has compared yet."""
    room = open_room(meaning="auto", vectors="pgvector")
    await room.bring("helpline", HELPLINE)
    await room.parts.indexing.work_off()
    return room


def test_half_precision_moves_no_cosine_by_a_thousandth() -> None:
    rows = np.random.default_rng(1).normal(size=(50, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    back = unpacked(packed(rows), 50)
    assert np.abs(back @ back[0] - rows @ rows[0]).max() < 1e-3


@ON_POSTGRESQL
async def test_pgvector_finds_what_memory_finds_and_follows(open_room: OpenRoom) -> None:
    room = await helpline(open_room)
    assert (await room.texts("animal"))[0] == HELPLINE[3][1]
    # The table is there now; what comes is written along, and what goes leaves it.
    council = await room.bring("council", COUNCIL)
    await room.bring("elsewhere", COUNCIL, project=OTHER_PROJECT)
    await room.parts.indexing.work_off()
    near = {}
    for index in (PgVectors(room.database), MemoryVectors(room.database, 10**6)):
        told = await index.nearest(PERSONAL_PROJECT, "concepts:concepts", QUESTION, Among(), 10)
        near[type(index)] = [(one.chunk_id, round(one.similarity, 2)) for one in told]
    assert near[PgVectors] == near[MemoryVectors]
    assert len(near[PgVectors]) == 5
    assert (await room.texts("animal", transcript_id=council.id))[0] in {COUNCIL[0][1], COUNCIL[1][1]}
    assert await room.texts("animal", speaker="Chair") == [COUNCIL[1][1]]
    await room.transcripts.delete(PERSONAL_PROJECT, council.id)
    left = await PgVectors(room.database).nearest(
        PERSONAL_PROJECT, "concepts:concepts", QUESTION, Among(), 10
    )
    assert len(left) == 3


@ON_POSTGRESQL
async def test_postgresql_knows_how_wide_projects_are_once_the_table_is_filled(open_room: OpenRoom) -> None:
    room = await helpline(open_room)
    await room.texts("animal")
    counted = text(
        "SELECT count(*) FROM pg_stats WHERE tablename = 'search_vectors' AND attname = 'project_id'"
    )
    async with room.database.reading() as session:
        assert await session.scalar(counted) == 1


@ON_POSTGRESQL
@pytest.mark.parametrize("setting", ["pgvector", "memory"])
async def test_what_a_worker_indexes_a_server_finds(open_room: OpenRoom, setting: str) -> None:
    server = open_room(meaning="auto", vectors="pgvector")
    worker = open_room(meaning="auto", vectors=setting)
    await worker.bring("helpline", HELPLINE)
    await worker.parts.indexing.work_off()
    assert (await server.texts("animal"))[0] == HELPLINE[3][1]
    await worker.bring("council", COUNCIL)
    await worker.parts.indexing.work_off()
    assert (await server.texts("price"))[0] == COUNCIL[1][1]
    await worker.parts.indexing.reindex()
    await worker.parts.indexing.work_off()
    assert (await server.texts("price"))[0] == COUNCIL[1][1]


@ON_POSTGRESQL
async def test_what_is_missing_in_the_table_is_made_up_for_by_the_next_server(open_room: OpenRoom) -> None:
    room = await helpline(open_room)
    assert await room.texts("animal")
    async with room.database.writing() as session:
        await session.execute(text("DELETE FROM search_vectors"))
    assert (await open_room(meaning="auto", vectors="pgvector").texts("animal"))[0] == HELPLINE[3][1]


@ON_POSTGRESQL
async def test_no_question_waits_long_for_the_table(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgvector, "_PATIENCE_SECONDS", 0.2)
    room = await helpline(open_room)
    async with room.database.writing() as session:
        # As who writes a transcript: nobody makes the table meanwhile.
        await session.execute(text("SELECT pg_advisory_xact_lock_shared(hashtext('search_vectors'))"))
        for question in ("boiler", "technician"):
            found = await room.find(question)
            assert found.notice is not None
            assert "made ready" in found.notice
            assert [moment.by_words for moment in found.moments] == [True]
    async with asyncio.timeout(20):
        while not (await room.find("animal")).by_meaning:  # noqa: ASYNC110  nobody tells when it is made
            await asyncio.sleep(0.05)
    assert (await room.texts("animal"))[0] == HELPLINE[3][1]


@ON_POSTGRESQL
async def test_servers_that_are_asked_at_once_build_one_index(open_room: OpenRoom) -> None:
    servers = [open_room(meaning="auto", vectors="pgvector") for _ in range(3)]
    await servers[0].bring("helpline", HELPLINE)
    await servers[0].parts.indexing.work_off()
    for found in await asyncio.gather(*(server.find("animal") for server in servers)):
        assert (found.by_meaning, found.moments[0].text) == (True, HELPLINE[3][1])


@ON_POSTGRESQL
async def test_an_index_whose_building_was_cut_off_is_built_anew(open_room: OpenRoom) -> None:
    room = await helpline(open_room)
    assert (await room.find("animal")).by_meaning
    it = "WHERE indexrelid = 'ix_search_vectors_embedding_5'::regclass"
    async with room.database.writing() as session:
        await session.execute(text(f"UPDATE pg_index SET indisvalid = false {it}"))
    assert (await open_room(meaning="auto", vectors="pgvector").find("animal")).by_meaning
    async with room.database.reading() as session:
        assert await session.scalar(text(f"SELECT indisvalid FROM pg_index {it}"))


@ON_POSTGRESQL
async def test_what_failed_while_the_table_was_made_is_tried_again(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await helpline(open_room)
    with monkeypatch.context() as away:
        away.setattr(pgvector_table, "_TABLE", text("CREATE TABLE search_vectors (id nothing)"))
        assert not (await room.find("animal")).by_meaning
    assert (await room.find("animal")).by_meaning


@ON_POSTGRESQL
async def test_vectors_of_another_model_are_not_compared(open_room: OpenRoom) -> None:
    room = await helpline(open_room)
    index = PgVectors(room.database)
    assert await index.nearest(PERSONAL_PROJECT, "concepts:concepts", QUESTION, Among(), 10)
    assert await index.nearest(PERSONAL_PROJECT, "concepts:newer", QUESTION, Among(), 10) == []


@ON_POSTGRESQL
async def test_the_table_of_vectors_is_no_drift(open_room: OpenRoom) -> None:
    room = await helpline(open_room)
    assert (await room.find("animal")).by_meaning
    assert await migrate.drift(room.database) == []
    async with room.database.writing() as session:
        await require_fit(await session.connection(), at_head=True)


async def test_pgvector_without_postgresql_is_refused(open_room: OpenRoom) -> None:
    with pytest.raises(Invalid, match="needs PostgreSQL"):
        open_room(vectors="pgvector")
