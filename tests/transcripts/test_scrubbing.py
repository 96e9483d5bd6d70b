import pytest
from tests.servers.both import ON_BOTH
from tests.transcripts.desk import Desk, laid_out

from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT
from surtitle.domain.transcript import Transcript
from surtitle.storage import ObjectStore
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.errors import NamesTakenOut
from surtitle.transcripts.repository import TranscriptRepository
from surtitle.transcripts.scrubbing import HistoryScrubber
from surtitle.transcripts.service import TranscriptService

pytestmark = ON_BOTH

NAMED = {"op": "set_segments", "segments": ["s1"], "speaker": "Ana"}
OTHER = {"op": "set_segments", "segments": ["s2"], "speaker": "Ben"}
RENAMED = {"op": "rename_speaker", "speaker": "Ana", "name": "s1"}


@pytest.fixture
async def desk(database: Database, store: ObjectStore, transcript: Transcript) -> Desk:
    """Ana is named, and so is Ben."""
    desk = await laid_out(database, store, transcript)
    await desk.edit(1, NAMED)
    await desk.edit(2, OTHER)
    return desk


def scrubber(desk: Desk) -> HistoryScrubber:
    return HistoryScrubber(desk.database, desk.store, RevisionArchive(desk.database, desk.store))


def elsewhere(desk: Desk) -> TranscriptService:
    """Of another process, which remembers other things."""
    return TranscriptService(desk.database, desk.store, RevisionArchive(desk.database, desk.store))


def speakers(transcript: Transcript) -> list[str | None]:
    return [segment.speaker for segment in transcript.segments]


async def test_no_process_gives_out_the_text_that_it_remembers(desk: Desk) -> None:
    other = elsewhere(desk)
    before = await other.text(PERSONAL_PROJECT, desk.id, 2)
    assert speakers(before.transcript) == ["Ana", None]
    await scrubber(desk).scrub(desk.id, {"Ana": "speaker_1"})
    after = await other.text(PERSONAL_PROJECT, desk.id, 2)
    assert speakers(after.transcript) == ["speaker_1", None]
    await other.undo(PERSONAL_PROJECT, desk.id, 3)
    assert speakers(await desk.text()) == ["speaker_1", None]
    assert speakers(await desk.anew(4)) == ["speaker_1", None]


async def test_an_edit_of_a_text_that_still_said_the_name_is_refused(desk: Desk) -> None:
    async with desk.database.reading() as session:
        stored = await TranscriptRepository(session).get(PERSONAL_PROJECT, desk.id)
    assert stored is not None
    await scrubber(desk).scrub(desk.id, {"Ana": "speaker_1"})
    async with desk.database.writing() as session:
        assert not await TranscriptRepository(session).advance(stored, "en")

    class ReadBefore(TranscriptService):
        """Whose text was read before the names were taken out."""

        async def get(self, project_id: object, transcript_id: object) -> object:  # type: ignore[override]
            return stored

    late = ReadBefore(desk.database, desk.store, RevisionArchive(desk.database, desk.store))
    with pytest.raises(NamesTakenOut):
        await late.undo(PERSONAL_PROJECT, desk.id, 3)


async def test_a_name_that_looks_like_an_id_breaks_nothing(desk: Desk) -> None:
    await desk.edit(3, RENAMED)
    await scrubber(desk).scrub(desk.id, {"s1": "speaker_1", "Ana": "speaker_1"})
    assert speakers(await desk.anew(4)) == ["speaker_1", "Ben"]
    assert [segment.id for segment in (await desk.anew(4)).segments] == ["s1", "s2"]
    page = await desk.service.revisions(PERSONAL_PROJECT, desk.id, None, 10)
    assert page.items[0].operations == [{"op": "rename_speaker", "speaker": "speaker_1", "name": "speaker_1"}]
    assert page.items[2].operations[0]["segments"] == ["s1"]
