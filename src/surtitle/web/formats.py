"""Dates, numbers, sizes and lengths, as people write them in their language."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent

from surtitle.clock import utc_now
from surtitle.domain.languages import LANGUAGES

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
        there = self._there(at)
        shown = format_datetime(there, "medium", tzinfo=there.tzinfo, locale=self.locale)
        return f"{shown} {there:%Z}"

    def ago(self, at: datetime) -> str:
        """How long ago, or how soon, in the largest unit that fits. `relative_time.js` says the same later:
        no page may change once it is there.
        """
        return format_timedelta(at - utc_now(), add_direction=True, locale=self.locale)

    def day(self, at: datetime) -> str:
        """The date alone, as it is where the person is."""
        return format_date(self._there(at), "long", locale=self.locale)

    def last_day(self, end: datetime) -> str:
        """The day of the moment before `end`: what ends at midnight still holds on the day before."""
        return self.day(end - timedelta(microseconds=1))

    def _there(self, at: datetime) -> datetime:
        try:
            return at.astimezone(self.zone)
        except OverflowError:
            # At the calendar's end, where the person's zone would be in the year 10000: UTC is not.
            return at.astimezone(UTC)

    def begins(self, day: date) -> datetime:
        """When the day begins where the person is."""
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def ends(self, day: date) -> datetime:
        """When the next day begins there."""
        return self.begins(day + timedelta(days=1))

    def short_day(self, day: date) -> str:
        """A day without its year."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def month(self, day: date) -> str:
        """The month in which `day` lies, with its year."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def number(self, value: float) -> str:
        return format_decimal(value, locale=self.locale)

    def hundredths(self, value: float) -> str:
        """To two places, so that figures which are held against each other look alike."""
        return format_decimal(value, "0.00", locale=self.locale)

    def percent(self, share: float) -> str:
        return format_percent(share, locale=self.locale)

    def size(self, size_bytes: int) -> str:
        value, unit = float(size_bytes), 0
        while value >= _KIB and unit < len(_UNITS) - 1:
            value, unit = value / _KIB, unit + 1
        shown = format_decimal(round(value, 1 if unit > 1 else 0), locale=self.locale)
        return f"{shown}\N{NO-BREAK SPACE}{_UNITS[unit]}"

    def spoken_languages(self) -> list[tuple[str, str]]:
        """Codes and names of the languages that can be heard, in the order of the reader's own."""
        names = self.locale.languages
        named = [(code, names.get(code, entry.name)) for code, entry in LANGUAGES.items()]
        return sorted(named, key=lambda pair: pair[1].casefold())

    @staticmethod
    def length(seconds: float) -> str:
        """`1:02:03`, or `2:03` below an hour: as players show it."""
        whole = round(seconds)
        hours, minutes = divmod(whole // _MINUTE_SECONDS, _HOUR_SECONDS // _MINUTE_SECONDS)
        rest = whole % _MINUTE_SECONDS
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
