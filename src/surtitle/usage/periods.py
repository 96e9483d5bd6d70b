"""Months and days as people in the installation's time zone count them. All moments are in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Period:
    """From `start`, which is within it, to `end`, which is not."""

    start: datetime
    end: datetime


def month_of(moment: datetime, zone: tzinfo) -> Period:
    """The calendar month in which `moment` lies."""
    first = moment.astimezone(zone).date().replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return Period(_midnight(first, zone), _midnight(after, zone))


def day_at(day: date, zone: tzinfo) -> Period:
    """The calendar day; 23 or 25 hours when the clocks change."""
    return Period(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def days_within(period: Period, zone: tzinfo) -> dict[date, Period]:
    """Every calendar day that `period` touches, cut to it."""
    last = (period.end - timedelta(microseconds=1)).astimezone(zone).date()
    found = {}
    day = period.start.astimezone(zone).date()
    while day <= last:
        whole = day_at(day, zone)
        found[day] = Period(max(whole.start, period.start), min(whole.end, period.end))
        day += timedelta(days=1)
    return found


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
