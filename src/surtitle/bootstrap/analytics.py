"""Daily figures: what computes them, and what reads them."""

from dataclasses import dataclass

from surtitle.analytics.daily import DailyFigures
from surtitle.analytics.duckdb_engine import DuckdbEngine
from surtitle.analytics.engine import FigureEngine
from surtitle.analytics.postgresql_engine import PostgresqlEngine
from surtitle.analytics.reading import FigureReading
from surtitle.analytics.spark_engine import SparkEngine
from surtitle.config import Settings
from surtitle.db.engine import Database
from surtitle.errors import Invalid
from surtitle.usage.storage import StorageMeter


@dataclass(frozen=True, slots=True)
class Analytics:
    """The daily figures of one installation."""

    settings: Settings
    database: Database
    reading: FigureReading

    def daily(self, engine: str | None = None) -> DailyFigures:
        """What computes them, by the engine of the settings or the one named here. Raises `Invalid` for one
        that cannot read this installation's database.
        """
        storage = StorageMeter(self.database, self.settings)
        chosen = _engine(engine or self.settings.analytics.engine, self.settings, self.database)
        return DailyFigures(self.database, self.settings, chosen, storage.settle_days)


def open_analytics(settings: Settings, database: Database) -> Analytics:
    return Analytics(settings, database, FigureReading(database))


def _engine(name: str, settings: Settings, database: Database) -> FigureEngine:
    if name == "auto":
        name = "duckdb" if database.is_sqlite else "postgresql"
    if name == "spark":
        return SparkEngine(database, settings.analytics)
    if name == "duckdb":
        return DuckdbEngine(database, settings.scratch_directory, settings.analytics.duckdb_memory_bytes)
    if name != "postgresql":
        raise Invalid(f"There is no engine {name[:40]!r}; there are auto, duckdb, postgresql, spark.")
    if database.is_sqlite:
        raise Invalid("This installation is on SQLite: DuckDB computes its figures (--engine duckdb).")
    return PostgresqlEngine(database)
