"""The database's own clock, so that leases do not depend on any worker's."""

from typing import Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class epoch_now(FunctionElement[float]):  # noqa: N801  reads as the SQL function that it is
    """Seconds since 1970 by the database server's clock, also within one transaction."""

    type = Float()
    inherit_cache = True


@compiles(epoch_now, "sqlite")
def _sqlite(_element: epoch_now, _compiler: Any, **_kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(epoch_now, "postgresql")
def _postgresql(_element: epoch_now, _compiler: Any, **_kw: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"
