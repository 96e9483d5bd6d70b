"""The figures by a real Spark, next to those of the other engines."""

from pathlib import Path

import pytest
from tests.analytics.test_engines import DAYS, MEMORY_BYTES, fill

# `make test-spark` installs it; the ordinary tests go without, as nearly all installations do.
pytest.importorskip("pyspark")

from surtitle.analytics.duckdb_engine import DuckdbEngine
from surtitle.analytics.postgresql_engine import PostgresqlEngine
from surtitle.analytics.spark_engine import SparkEngine
from surtitle.config import AnalyticsSettings
from surtitle.db.engine import Database
from surtitle.errors import Unavailable

ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def spark(database: Database, **settings: str) -> SparkEngine:
    return SparkEngine(database, AnalyticsSettings(spark_master="local[2]", **settings))


@ON_POSTGRESQL
async def test_spark_and_the_others_agree_to_the_last_digit(database: Database, tmp_path: Path) -> None:
    await fill(database, 2_000)
    by_spark = await spark(database).figures(DAYS)
    assert len(by_spark) == 5 * 3 + 3
    assert by_spark == await PostgresqlEngine(database).figures(DAYS)
    assert by_spark == await DuckdbEngine(database, tmp_path, MEMORY_BYTES).figures(DAYS)


@ON_POSTGRESQL
async def test_spark_that_is_not_let_in_says_so_without_the_password(database: Database) -> None:
    stranger = Database(database.url.replace("tell-nobody", "not-the-password"))
    with pytest.raises(Unavailable, match="Spark could not compute the figures") as refused:
        await spark(stranger).figures(DAYS)
    assert "not-the-password" not in str(refused.value)
    await stranger.close()
