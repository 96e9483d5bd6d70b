"""The one place that reads the wall clock."""

from datetime import UTC, date, datetime

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
"""The days that people may name: far from the ends of the calendar, where no other time zone can be told."""


def utc_now() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)
