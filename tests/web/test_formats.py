"""Dates and numbers as pages show them."""

from datetime import UTC, datetime, timedelta

import pytest

from surtitle.clock import utc_now
from surtitle.web import formats
from surtitle.web.formats import Formats


@pytest.mark.parametrize(
    ("ago", "english", "french"),
    [
        (timedelta(seconds=20), "20 seconds ago", "il y a 20 secondes"),
        (timedelta(seconds=51), "1 minute ago", "il y a 1 minute"),
        (timedelta(hours=20), "20 hours ago", "il y a 20 heures"),
        (timedelta(hours=21), "1 day ago", "il y a 1 jour"),
        (timedelta(days=-40, minutes=-1), "in 1 month", "dans 1 mois"),
    ],
)
def test_a_moment_is_told_in_the_largest_unit_that_fits(
    monkeypatch: pytest.MonkeyPatch, ago: timedelta, english: str, french: str
) -> None:
    now = utc_now()
    monkeypatch.setattr(formats, "utc_now", lambda: now)
    for language, told in (("en", english), ("fr", french)):
        assert Formats.of(language, "UTC").ago(now - ago) == told


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Pacific/Auckland", datetime.max.replace(tzinfo=UTC)),
        ("America/Lima", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_a_moment_that_is_nowhere_else_in_the_calendar_is_told_in_utc(zone: str, end: datetime) -> None:
    told = Formats.of("en", zone)
    assert told.moment(end).endswith("UTC")
    assert told.day(end)
