"""Dates, numbers, sizes and lengths, as people write them in their language."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import Locale
from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent

_KIB = 1024
_UNITS = ("B", "kB", "MB", "GB", "TB")
_MINUTE_SECONDS = 60
_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Formats:
    """For one person: their language and their time zone."""

    locale: Locale
    zone: tzinfo

    @classmethod
    def of(cls, language: str, zone_name: str) -> "Formats":
        try:
            zone: tzinfo = ZoneInfo(zone_name)
        except (ZoneInfoNotFoundError, ValueError):
            # A zone that this machine's list does not know any more.
            zone = UTC
        return cls(Locale.parse(language), zone)

    def moment(self, at: datetime) -> str:
        """A date with its time, and the zone's name, since a page may be read elsewhere."""
        shown = format_datetime(at, "medium", tzinfo=self.zone, locale=self.locale)
        return f"{shown} {at.astimezone(self.zone):%Z}"

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self.locale)

    def size(self, size_bytes: int) -> str:
        value, unit = float(size_bytes), 0
        while value >= _KIB and unit < len(_UNITS) - 1:
            value, unit = value / _KIB, unit + 1
        shown = format_decimal(round(value, 1 if unit > 1 else 0), locale=self.locale)
        return f"{shown}\N{NO-BREAK SPACE}{_UNITS[unit]}"

    @staticmethod
    def length(seconds: float) -> str:
        """`1:02:03`, or `2:03` below an hour: as players show it."""
        whole = round(seconds)
        hours, minutes = divmod(whole // _MINUTE_SECONDS, _HOUR_SECONDS // _MINUTE_SECONDS)
        rest = whole % _MINUTE_SECONDS
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
