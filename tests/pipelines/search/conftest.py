"""Transcripts of conversations in a real database, and the search over them."""

import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from tests.fakes.installing import with_engines

from surtitle.config import Settings
from surtitle.config.search import SearchSettings
from surtitle.config.work import EmbeddingSettings
from surtitle.db.engine import Database
from surtitle.db.models import PERSONAL_PROJECT, StoredTranscript
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.engines.models import EngineChooser, ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.pipelines.search.filters import Filters
from surtitle.pipelines.search.finding import Found
from surtitle.pipelines.search.parts import SearchParts, open_search
from surtitle.storage import open_store
from surtitle.transcripts.archive import RevisionArchive
from surtitle.transcripts.importing.service import TranscriptImports
from surtitle.transcripts.schema import transcript_json
from surtitle.transcripts.service import TranscriptService

OTHER_PROJECT = UUID("01900000-0000-7000-8000-00000000beef")
ORIGIN = Origin("dummy", "dummy", "int8", "cpu")

HELPLINE = (
    ("Joanna", "How may I help you?"),
    (
        "Caller",
        (
            "My boiler stopped in the night and the screen says F four, and I have waited since "
            "breakfast in two coats and a woollen hat."
        ),
    ),
    (
        "Joanna",
        (
            "That means that the flame did not light, so please go down into the cellar and look whether "
            "the lever on the pipe stands across it."
        ),
    ),
    (
        "Caller",
        (
            "And tell the technician that the dog barks but is harmless, he only wants to play with "
            "everybody who comes in at the door all day long."
        ),
    ),
)
COUNCIL = (
    (
        "Surveyor",
        (
            "The north pier of the bridge has sunk, so no lorries may cross the river until it is mended, "
            "which will hardly be before the end of spring."
        ),
    ),
    (
        "Chair",
        (
            "The budget for it is forty thousand euros, and I see nobody in this room who would vote "
            "against that, so we will go on to the library."
        ),
    ),
)
REUNION = (("Zoé", "La mairie finance l'été du théâtre, et la répétition générale aura lieu à la forêt."),)

Said = Sequence[tuple[str, str]]


def conversation(said: Said, language: str = "en") -> Transcript:
    """Half a second a word, a segment a turn."""
    segments: list[Segment] = []
    count = 0
    for speaker, text in said:
        words = []
        for word in text.split():
            words.append(Word(f"w{count + 1}", word, count / 2, count / 2 + 0.4))
            count += 1
        span = (words[0].start_seconds, words[-1].end_seconds)
        segments.append(Segment(f"s{len(segments) + 1}", *span, tuple(words), language, speaker))
    return Transcript(count / 2, language, 0.9, ORIGIN, tuple(segments))


@dataclass
class Room:
    """One installation's search, and the transcripts that it is over."""

    database: Database
    parts: SearchParts
    transcripts: TranscriptService
    imports: TranscriptImports

    async def bring(
        self, name: str, said: Said, language: str = "en", project: UUID = PERSONAL_PROJECT
    ) -> StoredTranscript:
        document = transcript_json(conversation(said, language))
        return await self.imports.bring(project, f"{name}.json", document)

    async def find(
        self, question: str, filters: Filters | None = None, project: UUID = PERSONAL_PROJECT
    ) -> Found:
        return await self.parts.search.find(project, question, filters)

    async def texts(self, question: str, **filters: object) -> list[str]:
        found = await self.find(question, Filters(**filters))  # type: ignore[arg-type]
        return [moment.text for moment in found.moments]


OpenRoom = Callable[..., Room]


@pytest.fixture
async def open_room(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OpenRoom]:
    """Opens the search with these settings; `meaning="auto"` uses the fake engine, which needs a child."""
    opened: list[SearchParts] = []

    def open_(**search: object) -> Room:
        if search.get("meaning", "off") == "auto" and not (tmp_path / "site").exists():
            variables = with_engines(tmp_path, {"concepts": "concept_embedder:CONCEPTS"})
            for path in reversed(variables["PYTHONPATH"].split(os.pathsep)):
                monkeypatch.syspath_prepend(path)
            monkeypatch.setenv("PYTHONPATH", variables["PYTHONPATH"])
        settings = Settings(
            data_dir=tmp_path,
            embeddings=EmbeddingSettings(engine="concepts"),
            search=SearchSettings.model_validate({"meaning": "off", **search}),
        )
        store, registry, models = open_store(settings), EngineRegistry(), ModelStore(settings)
        archive = RevisionArchive(database, store)
        parts = open_search(
            settings,
            database,
            archive,
            registry=registry,
            models=models,
            chooser=EngineChooser(settings, registry, models, probe_hardware(0)),
            writers=Writers(settings.writing),
        )
        opened.append(parts)
        return Room(
            database, parts, TranscriptService(database, store, archive), TranscriptImports(database, store)
        )

    yield open_
    for parts in opened:
        await parts.close()


@pytest.fixture
async def room(open_room: OpenRoom) -> Room:
    """With three conversations, indexed by their words alone."""
    room = open_room()
    await room.bring("helpline", HELPLINE)
    await room.bring("council", COUNCIL)
    await room.bring("reunion", REUNION, "fr")
    assert await room.parts.indexing.work_off() == 3
    return room
