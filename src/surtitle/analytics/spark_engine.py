"""Figures computed by a Spark cluster, which reads PostgreSQL by JDBC: days side by side."""

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from surtitle.analytics.engine import DayFigures, in_order
from surtitle.analytics.jdbc import JdbcAddress
from surtitle.analytics.sources import SOURCES, Source, span
from surtitle.config import AnalyticsSettings
from surtitle.db.engine import Database
from surtitle.errors import Invalid, Unavailable
from surtitle.usage.periods import Period

_DRIVER = "org.postgresql.Driver"
_ROWS_AT_ONCE = "10000"
# More of them would ask more of PostgreSQL at a time than its connections may allow.
_MOST_PARTITIONS = 16
# Set by `spark-submit`, which has settled then where Spark computes.
_SUBMITTED = "PYSPARK_GATEWAY_PORT"


class SparkEngine:
    """The `FigureEngine` for more jobs than one machine should add up."""

    def __init__(self, database: Database, settings: AnalyticsSettings) -> None:
        if database.is_sqlite:
            raise Invalid(
                "Spark reads PostgreSQL, and this installation is on SQLite: leave "
                "SURTITLE_ANALYTICS__ENGINE at auto."
            )
        self._database = database
        self._settings = settings

    async def figures(self, days: Mapping[date, Period]) -> Sequence[DayFigures]:
        user, password = await self._database.account()
        address = JdbcAddress.of(self._database.url, user, password)
        return await asyncio.to_thread(self._computed, address, days)

    def _computed(self, address: JdbcAddress, days: Mapping[date, Period]) -> Sequence[DayFigures]:
        from surtitle.analytics.figures import Dialect, statement  # noqa: PLC0415 - brings ibis, which takes a while

        with _session(self._settings) as session:
            for name, source in SOURCES.items():
                _read(session, address, source, days).createOrReplaceTempView(name)
            rows = session.sql(statement(Dialect.SPARK, days)).toLocalIterator()
            return in_order([DayFigures.of(row.asDict()) for row in rows])


@contextmanager
def _session(settings: AnalyticsSettings) -> Iterator[Any]:
    """Raises `Unavailable` where Spark is not installed, does not start or gives up."""
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - an extra
        from pyspark.errors import PySparkException  # noqa: PLC0415
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable('Spark is not installed here: pip install "surtitle[spark]"') from error
    builder = SparkSession.builder.appName("surtitle kpis").config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    if _SUBMITTED not in os.environ:
        builder = builder.master(settings.spark_master).config("spark.ui.enabled", "false")
        if settings.spark_jars:
            builder = builder.config("spark.jars", settings.spark_jars)
    session = None
    try:
        session = builder.getOrCreate()
        yield session
    except (PySparkException, Py4JError) as error:
        why = str(error).strip().splitlines() or [type(error).__name__]
        raise Unavailable(
            f"Spark could not compute the figures: {why[0][:300]}. It needs Java 17 or later, the driver "
            "that SURTITLE_ANALYTICS__SPARK_JARS names, and a way to PostgreSQL from its workers."
        ) from error
    finally:
        if session is not None:
            session.stop()


def _read(session: Any, address: JdbcAddress, source: Source, days: Mapping[date, Period]) -> Any:
    return session.read.jdbc(
        url=address.url,
        table=f"({source.as_postgresql(span(days))}) AS moments",
        predicates=_partitions(list(days.values())),
        properties={**address.account, "driver": _DRIVER, "fetchsize": _ROWS_AT_ONCE},
    )


def _partitions(periods: Sequence[Period]) -> list[str]:
    """Some days each, as conditions that leave out nothing and hold nothing twice."""
    size = -(-len(periods) // _MOST_PARTITIONS)
    starts = [period.start.isoformat() for period in periods[::size]]
    ends = [*starts[1:], periods[-1].end.isoformat()]
    return [
        f"happened_at >= '{start}' AND happened_at < '{end}'" for start, end in zip(starts, ends, strict=True)
    ]
