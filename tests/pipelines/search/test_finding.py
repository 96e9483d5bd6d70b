import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter
from sqlalchemy import event, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.pipelines.search.conftest import COUNCIL, HELPLINE, OTHER_PROJECT, OpenRoom, Room
from tests.servers.both import ON_BOTH

from surtitle.accounts.erasable import Scope
from surtitle.clock import utc_now
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.db.search_models import IndexedTranscript, SearchChunk
from surtitle.pipelines.search.erasing import SearchErasing
from surtitle.pipelines.search.errors import NothingAsked
from surtitle.pipelines.search.filters import Filters
from surtitle.pipelines.search.finding import Search
from surtitle.pipelines.search.memory_vectors import MemoryVectors
from surtitle.pipelines.search.vectors import packed
from surtitle.transcripts.operations import Operation

OPERATION: TypeAdapter[Operation] = TypeAdapter(Operation)


@ON_BOTH
async def test_a_moment_is_found_by_its_words_whatever_their_accents_and_endings(room: Room) -> None:
    found = await room.find("Is there a barking dog?")
    assert [moment.text for moment in found.moments] == [HELPLINE[3][1]]
    (moment,) = found.moments
    assert (moment.speaker, moment.transcript_name, moment.by_words) == ("Caller", "helpline.json", True)
    assert moment.before == HELPLINE[2][1]
    assert moment.after == ""
    assert (moment.start_seconds, round(moment.end_seconds - moment.start_seconds, 1)) == (28.0, 13.4)
    assert not found.by_meaning
    assert "switched off" in (found.notice or "")
    assert len(await room.texts("REPETITIONS foret ete")) == 1
    with pytest.raises(NothingAsked):
        await room.find("?!")


@ON_BOTH
async def test_a_moment_names_all_who_are_heard_in_it(room: Room) -> None:
    (moment,) = (await room.find("woollen hat")).moments
    assert moment.speaker == "Caller"
    assert list(moment.speakers) == ["Joanna", "Caller"]


@ON_BOTH
async def test_words_in_quotation_marks_must_stand_so(room: Room) -> None:
    assert len(await room.texts('"north pier" lorries')) == 1
    assert await room.texts('"pier north" lorries') == []


@ON_BOTH
async def test_moments_with_more_and_rarer_words_come_first(open_room: OpenRoom) -> None:
    room = open_room()
    filler = "we talk about the plan for the week and then about the plan for the next week and so on"
    await room.bring("plans", [("Ann", f"{filler} {number}.") for number in range(30)])
    await room.bring("plan", [("Ann", "The plan for the aqueduct is made by the engineers of the valley.")])
    await room.parts.indexing.work_off()
    assert "aqueduct" in (await room.texts("plan aqueduct"))[0]


@ON_BOTH
async def test_filters_hold_together(room: Room) -> None:
    stored = await room.transcripts.list(PERSONAL_PROJECT, None, 10)
    council = next(one for one in stored.items if one.name == "council.json")
    assert await room.parts.tags.replace(PERSONAL_PROJECT, council.id, ["Board ", "2026"]) == [
        "2026",
        "board",
    ]
    words = "bridge dog mairie budget"
    assert len(await room.texts(words)) == 4
    assert await room.texts(words, language="fr") == [text for _, text in await _said(room, "fr")]
    assert await room.texts(words, speaker="CHAIR") == [COUNCIL[1][1]]
    assert len(await room.texts(words, tag="board")) == 2
    assert len(await room.texts(words, transcript_id=council.id)) == 2
    assert await room.texts(words, tag="board", speaker="Zoé") == []
    assert await room.texts(words, since=utc_now() + timedelta(hours=1)) == []
    assert len(await room.texts(words, until=utc_now() + timedelta(hours=1))) == 4


async def test_a_speaker_without_a_name_is_chosen_as_the_page_shows_them(room: Room) -> None:
    said = "The lock keeper opens at seven."
    await room.bring("lock", [("speaker_2", said)])
    await room.parts.indexing.work_off()
    assert await room.texts("lock keeper", speaker="Speaker 2") == [said]
    assert await room.texts("lock keeper", speaker="Speaker 1") == []


def _by(speaker: str) -> Filters:
    return Filters(speaker=speaker)


async def _said(room: Room, language: str) -> list[tuple[str | None, str]]:
    async with room.database.reading() as session:
        rows = await session.execute(
            select(SearchChunk.speaker, SearchChunk.text).where(SearchChunk.language == language)
        )
        return [(speaker, text) for speaker, text in rows]


@ON_BOTH
async def test_an_edit_is_found_and_what_it_replaced_is_not(room: Room) -> None:
    stored = (await room.find("lever")).moments[0]
    wish = {"op": "replace_text", "find": "lever", "replace": "handle"}
    await room.transcripts.revise(
        PERSONAL_PROJECT, stored.transcript_id, 1, [OPERATION.validate_python(wish)]
    )
    assert (await room.find("lever")).waiting == 1
    assert await room.parts.indexing.needed()
    assert await room.parts.indexing.work_off() == 1
    assert await room.texts("lever") == []
    assert len(await room.texts("handle")) == 1
    assert not await room.parts.indexing.needed()


@ON_BOTH
async def test_a_deleted_transcript_is_gone_at_once_and_another_project_sees_nothing(room: Room) -> None:
    assert (await room.find("dog", project=OTHER_PROJECT)).moments == []
    found = (await room.find("dog")).moments[0]
    await room.transcripts.delete(PERSONAL_PROJECT, found.transcript_id)
    assert await room.texts("dog") == []
    async with room.database.reading() as session:
        left = select(func.count()).select_from(SearchChunk)
        assert await session.scalar(left.where(SearchChunk.transcript_id == found.transcript_id)) == 0


@ON_BOTH
async def test_reindexing_finds_the_same_again(room: Room) -> None:
    before = (await room.find("dog")).moments
    assert await room.parts.indexing.reindex(PERSONAL_PROJECT) == 3
    assert await room.parts.indexing.reindex(OTHER_PROJECT) == 0
    assert await room.texts("dog") == [before[0].text]
    assert await room.parts.indexing.work_off() == 3
    after = (await room.find("dog")).moments
    assert after[0].chunk_id != before[0].chunk_id
    assert after[0].text == before[0].text


async def test_after_an_erasure_no_word_is_left_in_the_file(room: Room, tmp_path: Path) -> None:
    found = (await room.find("harmless")).moments[0]
    await room.transcripts.delete(PERSONAL_PROJECT, found.transcript_id)

    async def tally(session: AsyncSession, kind: str, count: int = 1) -> None:
        """Nobody counts here."""

    await SearchErasing(room.database).erase(Scope(project_id=PERSONAL_PROJECT), tally)
    await room.database.drop_traces()
    files = b"".join(path.read_bytes() for path in tmp_path.glob("surtitle.db*"))
    assert b"harmless" not in files
    assert b"lorri" in files
    async with room.database.writing() as session:
        # Raises where the index and the table differ.
        await session.execute(text("INSERT INTO search_terms(search_terms) VALUES ('integrity-check')"))


@ON_BOTH
async def test_other_words_of_the_same_meaning_are_found(open_room: OpenRoom) -> None:
    room = open_room(meaning="auto")
    await room.bring("helpline", HELPLINE)
    await room.bring("council", COUNCIL)
    await room.parts.indexing.work_off()
    found = await room.find("animal")
    assert found.by_meaning
    assert found.moments[0].text == HELPLINE[3][1]
    assert (found.moments[0].by_words, found.moments[0].by_meaning) == (False, True)
    for _ in range(2):
        assert [one.text for one in (await room.find("animal", _by("Chair"))).moments] == [COUNCIL[1][1]]
    assert (await room.find("animal", _by("Nobody"))).moments == []
    # What is deleted is not found by a server that remembers it.
    await room.transcripts.delete(PERSONAL_PROJECT, found.moments[0].transcript_id)
    assert HELPLINE[3][1] not in await room.texts("animal")
    await room.bring("again", HELPLINE)
    await room.parts.indexing.work_off()
    assert (await room.texts("animal"))[0] == HELPLINE[3][1]


async def test_an_engine_that_fails_leaves_the_words_and_says_so(open_room: OpenRoom) -> None:
    room = open_room(meaning="auto")
    await room.bring("helpline", HELPLINE)
    assert await room.parts.indexing.work_off() == 1
    await room.bring("broken", [("Ann", "Numbers explode in the harbour.")])
    assert await room.parts.indexing.work_off() == 1
    # It rests before it is tried again, and is not needed all the time.
    assert not await room.parts.indexing.needed()
    assert (await room.texts("harbour")) != []
    found = await room.find("explode dog")
    assert found.moments
    assert not found.by_meaning
    assert found.notice == "Search by meaning does not work at the moment, so only words were searched."
    async with room.database.reading() as session:
        embedders = set((await session.scalars(select(IndexedTranscript.embedder))).all())
    assert embedders == {None, "concepts:concepts"}


async def test_a_project_beyond_the_memory_is_searched_by_words(open_room: OpenRoom) -> None:
    room = open_room(meaning="auto")
    await room.bring("helpline", HELPLINE)
    await room.parts.indexing.work_off()
    small = Search(room.database, room.parts.embedding, MemoryVectors(room.database, 16))
    read: list[str] = []

    @event.listens_for(room.database._readers.sync_engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        read.append(statement)

    found = await small.find(PERSONAL_PROJECT, "dog")
    assert found.moments
    assert "MEMORY_BYTES" in (found.notice or "")
    # Known before a single vector was read.
    assert [one for one in read if ", search_documents.vectors" in one] == []


async def test_more_questions_than_connections_are_answered_at_once(open_room: OpenRoom) -> None:
    room = open_room(meaning="auto")
    await room.bring("helpline", HELPLINE)
    await room.parts.indexing.work_off()
    found = await asyncio.gather(*(room.find("animal", _by("Caller")) for _ in range(8)))
    assert all(one.by_meaning and one.moments[0].text == HELPLINE[3][1] for one in found)


@pytest.mark.parametrize(
    ("database_url", "vectors"),
    [("sqlite", "memory"), ("postgresql", "memory"), ("postgresql", "pgvector")],
    indirect=["database_url"],
)
async def test_a_model_that_gives_longer_vectors_than_before_has_them_made_anew(
    open_room: OpenRoom, vectors: str
) -> None:
    room = open_room(meaning="auto", vectors=vectors)
    await room.bring("helpline", HELPLINE)
    await room.bring("council", COUNCIL)
    await room.parts.indexing.work_off()
    shorter = packed(np.eye(3, dtype=np.float32))
    async with room.database.writing() as session:
        await session.execute(
            update(IndexedTranscript).where(IndexedTranscript.chunks == 3).values(vectors=shorter)
        )
    found = await room.find("barks")
    assert (len(found.moments), found.by_meaning) == (1, False)
    assert "other vectors than before" in (found.notice or "")
    assert await room.parts.indexing.work_off() == 1
    assert (await room.texts("animal"))[0] == HELPLINE[3][1]


@ON_BOTH
async def test_another_project_finds_nothing_by_meaning_tag_or_transcript(open_room: OpenRoom) -> None:
    room = open_room(meaning="auto")
    stored = await room.bring("helpline", HELPLINE)
    await room.parts.tags.replace(PERSONAL_PROJECT, stored.id, ["board"])
    await room.bring("council", COUNCIL, project=OTHER_PROJECT)
    await room.parts.indexing.work_off()
    ours = (Filters(speaker="Caller"), Filters(tag="board"), Filters(transcript_id=stored.id))
    for filters in (Filters(), *ours):
        found = await room.find("animal", filters, OTHER_PROJECT)
        assert found.by_meaning
        names = {one.transcript_name for one in found.moments}
        assert names == (set() if filters in ours else {"council.json"})
