"""Days that people choose in forms."""

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field

from surtitle.clock import FIRST_DAY, LAST_DAY


def _nothing_as_none(value: object) -> object:
    return None if value == "" else value


ChosenDay = Annotated[date | None, Field(ge=FIRST_DAY, le=LAST_DAY), BeforeValidator(_nothing_as_none)]
"""Of a field for a date, which may be left empty."""
