"""Everything that searching consists of, built and closed together."""

from dataclasses import dataclass

from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.engines.models import EngineChooser, ModelStore
from surtitle.engines.registry import EngineRegistry
from surtitle.engines.writing import Writers
from surtitle.errors import Invalid
from surtitle.observability.metrics import EngineMetrics
from surtitle.pipelines.search.asking import Asking
from surtitle.pipelines.search.embedding import TextEmbedding
from surtitle.pipelines.search.finding import Search
from surtitle.pipelines.search.index_rows import IndexRows
from surtitle.pipelines.search.indexing import Indexing
from surtitle.pipelines.search.memory_vectors import MemoryVectors
from surtitle.pipelines.search.offers import FilterOffers
from surtitle.pipelines.search.pgvector import PgVectors
from surtitle.pipelines.search.tags import Tags
from surtitle.pipelines.search.vectors import VectorIndex
from surtitle.transcripts.archive import RevisionArchive


@dataclass(frozen=True, slots=True)
class SearchParts:
    """One process's. `close` it: an engine may be at work."""

    search: Search
    asking: Asking
    indexing: Indexing
    tags: Tags
    offers: FilterOffers
    embedding: TextEmbedding
    vectors: VectorIndex

    async def close(self) -> None:
        await self.vectors.close()
        await self.embedding.close()


def open_search(
    settings: Settings,
    database: Database,
    archive: RevisionArchive,
    *,
    registry: EngineRegistry,
    models: ModelStore,
    chooser: EngineChooser,
    writers: Writers,
    metrics: EngineMetrics | None = None,
) -> SearchParts:
    """Starts nothing. Raises `Invalid` for pgvector without PostgreSQL."""
    embedding = TextEmbedding(settings, registry, models, chooser, metrics)
    vectors = _vectors(settings, database)
    search = Search(database, embedding, vectors)
    indexing = Indexing(database, archive, embedding, IndexRows(is_sqlite=database.is_sqlite))
    asking, offers = Asking(search, writers), FilterOffers(database)
    return SearchParts(search, asking, indexing, Tags(database), offers, embedding, vectors)


def _vectors(settings: Settings, database: Database) -> VectorIndex:
    if settings.search.vectors == "memory":
        return MemoryVectors(database, settings.search.memory_bytes)
    if database.is_sqlite:
        raise Invalid(
            "SURTITLE_SEARCH__VECTORS=pgvector needs PostgreSQL (SURTITLE_DATABASE_URL); unset one of them."
        )
    return PgVectors(database)
