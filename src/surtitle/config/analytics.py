"""Figures of each day: what computes them, and how far back."""

from typing import Literal, Self

from pydantic import Field, model_validator

from surtitle.config.group import MIB, Group


class AnalyticsSettings(Group):
    """Daily figures. Their days begin at midnight in `accounts.time_zone`."""

    engine: Literal["auto", "duckdb", "postgresql", "spark"] = Field(
        "auto",
        description="What computes them: DuckDB within the process, PostgreSQL itself or a Spark cluster. "
        "`auto`: PostgreSQL where the database is one, else DuckDB.",
    )
    late_days: int = Field(
        31,
        ge=1,
        le=366,
        description="How many past days are looked at for what came late; such a day is computed again.",
    )
    keep_events_days: int = Field(
        400,
        ge=2,
        le=36_500,
        description="How long the events are kept that figures are computed from. Figures stay; older days "
        "cannot be computed again.",
    )
    duckdb_memory_bytes: int = Field(
        512 * MIB, ge=64 * MIB, description="DuckDB's memory; what does not fit lies in the scratch folder."
    )
    spark_master: str = Field(
        "local[*]",
        description="Where Spark computes (`spark://HOST:7077`, `k8s://…`, `yarn`). `spark-submit` knows "
        "better where it is told.",
    )
    spark_jars: str = Field(
        "/usr/share/java/postgresql.jar",
        description="PostgreSQL's JDBC driver, for Spark: paths or addresses, with commas between. Empty: "
        "Spark has it already.",
    )

    @model_validator(mode="after")
    def _late_days_are_kept(self) -> Self:
        if self.keep_events_days <= self.late_days:
            raise ValueError("keep_events_days must be more than late_days")
        return self
