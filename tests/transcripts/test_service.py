import asyncio
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select
from tests.transcripts.desk import Desk, laid_out
from tests.transcripts.edits import some_operation

from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT, Discarded, Revision
from surtitle.domain.transcript import Segment, Transcript, Word
from surtitle.ids import new_id
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.errors import (
    ImpossibleEdit,
    NothingChanged,
    NothingToRedo,
    NothingToUndo,
    RevisionNotFound,
    StaleRevision,
    TranscriptNotFound,
    WordNotFound,
)

GOOD = {"op": "change_word", "word": "w1", "text": "Bad"}
MORNING = {"op": "change_word", "word": "w2", "text": "evening,"}


@pytest.fixture
async def desk(database: Database, store: ObjectStore, transcript: Transcript) -> Desk:
    return await laid_out(database, store, transcript)


async def test_each_edit_is_a_revision_and_each_revision_can_be_read(
    desk: Desk, transcript: Transcript
) -> None:
    assert (await desk.edit(1, GOOD)).number == 2
    assert (await desk.edit(2, MORNING)).number == 3
    assert [(await desk.text(number)).text[:13] for number in (1, 2, 3)] == [
        "Good morning,", "Bad morning, ", "Bad evening, ",
    ]  # fmt: skip
    assert await desk.text(1) == transcript
    assert await desk.text() == await desk.anew(3)


async def test_of_two_editors_one_is_told_what_the_other_did(desk: Desk) -> None:
    outcomes = await asyncio.gather(desk.edit(1, GOOD), desk.edit(1, MORNING), return_exceptions=True)
    won = [one for one in outcomes if isinstance(one, Revision)]
    lost = [one for one in outcomes if isinstance(one, StaleRevision)]
    assert (len(won), len(lost)) == (1, 1)
    touched = won[0].operations[0]["word"]
    assert lost[0].fields["revision"] == 2
    assert lost[0].fields["changed"] == [
        {"revision": 2, "words": [touched], "segments": ["s1"], "more": False}
    ]
    assert (await desk.service.get(PERSONAL_PROJECT, desk.id)).head == 2


async def test_undo_and_redo_walk_through_the_edits(desk: Desk) -> None:
    await desk.edit(1, GOOD)
    await desk.edit(2, MORNING)
    with pytest.raises(NothingToRedo):
        await desk.redo(3)
    assert ((await desk.undo(3)).content, (await desk.undo(4)).content) == (2, 1)
    assert await desk.text(5) == await desk.text(1)
    with pytest.raises(NothingToUndo):
        await desk.undo(5)
    assert ((await desk.redo(5)).content, (await desk.redo(6)).content) == (2, 3)
    assert await desk.anew(7) == await desk.anew(3)
    await desk.undo(7)
    await desk.edit(8, {"op": "delete_words", "words": ["w1"]})
    with pytest.raises(NothingToRedo):
        await desk.redo(9)
    assert (await desk.undo(9)).content == 2


async def test_a_long_history_is_rebuilt_and_taken_back_to_the_first_word(
    desk: Desk, transcript: Transcript
) -> None:
    chance, head = Random(7), 1
    while head < 70:
        wish = some_operation(await desk.text(), chance)
        try:
            head = (await desk.service.revise(PERSONAL_PROJECT, desk.id, head, [wish])).number
        except (ImpossibleEdit, NothingChanged):
            continue
    for number in (49, 50, 51, 70):
        assert await desk.anew(number) == await desk.text(number)
    async with desk.database.reading() as session:
        whole = select(Revision.number).where(Revision.object_key.is_not(None)).order_by(Revision.number)
        assert list(await session.scalars(whole)) == [1, 50]
        assert await session.scalar(select(func.count()).select_from(Discarded)) == 0
    for _ in range(69):
        head = (await desk.undo(head)).number
    assert await desk.anew(head) == transcript


async def test_one_edit_of_a_long_transcript_writes_little(
    database: Database, store: ObjectStore, transcript: Transcript
) -> None:
    segments = tuple(
        Segment(f"s{n}", n, n + 1, tuple(Word(f"w{n * 10 + k}", "word", n, n, 0.5) for k in range(10)), "en")
        for n in range(300)
    )
    long = Transcript(3600, "en", 0.9, transcript.origin, segments)
    desk = await laid_out(database, store, long)
    await desk.edit(1, {"op": "change_word", "word": "w2001", "text": "other"})
    async with database.reading() as session:
        size = func.length(Revision.changes) + func.length(Revision.operations)
        written = await session.scalar(select(size).where(Revision.number == 2))
    assert written is not None
    assert written < 4000
    assert (await desk.anew(2)).words[2000].text == "other"


async def test_a_failing_store_does_not_lose_an_edit(desk: Desk, tmp_path: Path) -> None:
    for number in range(1, 49):
        await desk.edit(number, {"op": "change_word", "word": "w1", "text": f"n{number}"})
    folder = tmp_path / "files" / "transcripts" / str(desk.id)
    folder.rename(tmp_path / "away")
    folder.write_text("a file where the folder should be")
    await desk.edit(49, GOOD)
    folder.unlink()
    (tmp_path / "away").rename(folder)
    assert (await desk.anew(50)).words[0].text == "Bad"


async def test_a_words_history_tells_who_wrote_it(desk: Desk) -> None:
    await desk.edit(1, {"op": "split_word", "word": "w1", "at": 2})
    await desk.edit(2, {"op": "merge_words", "words": ["w1", "w2.1"], "text": "Best"})
    await desk.undo(3)
    told = [
        (event.revision, event.kind, event.before and event.before.text, event.after and event.after.text)
        for event in await desk.service.history(PERSONAL_PROJECT, desk.id, "w1")
    ]
    assert told == [
        (1, "imported", None, "Good"),
        (2, "edit", "Good", "Go"),
        (3, "edit", "Go", "Best"),
        (4, "undo", "Best", "Go"),
    ]
    split = await desk.service.history(PERSONAL_PROJECT, desk.id, "w2.1")
    assert [(event.revision, event.after and event.after.text, event.kin) for event in split] == [
        (2, "od", "w1"), (3, None, "w1"), (4, "od", None),
    ]  # fmt: skip
    for unknown in ("w99", "%", '"', "s1", "w1\x00"):
        with pytest.raises(WordNotFound):
            await desk.service.history(PERSONAL_PROJECT, desk.id, unknown)


async def test_what_does_not_exist_and_what_changes_nothing_is_refused(desk: Desk) -> None:
    with pytest.raises(NothingChanged):
        await desk.edit(1, {"op": "change_word", "word": "w1", "text": "Good"})
    with pytest.raises(RevisionNotFound, match="1 to 1"):
        await desk.edit(2, GOOD)
    with pytest.raises(RevisionNotFound):
        await desk.text(0)
    with pytest.raises(TranscriptNotFound):
        await desk.service.get(new_id(), desk.id)


async def test_a_deleted_transcript_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    await desk.edit(1, GOOD)
    await desk.service.delete(PERSONAL_PROJECT, desk.id)
    with pytest.raises(TranscriptNotFound):
        await desk.text()
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    async with desk.database.reading() as session:
        for table in (Revision, Discarded):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_two_who_ask_for_a_text_at_once_have_it_read_once(desk: Desk) -> None:
    archive = RevisionArchive(desk.database, desk.store)
    first, second = await asyncio.gather(archive.read(desk.id, 1), archive.read(desk.id, 1))
    assert first is second
