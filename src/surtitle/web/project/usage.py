"""What a project used, as its overview tells it: bars of quotas, charts by day, and who used how much."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID

from surtitle.accounts.members import Member
from surtitle.db.account_models import Project
from surtitle.usage.kinds import UsageKind
from surtitle.usage.periods import days_within
from surtitle.usage.quotas import Left
from surtitle.usage.reports import Amounts, Report
from surtitle.web.catalogues import mark as _
from surtitle.web.formats import Formats
from surtitle.web.project.frame import shown_name

_MINUTE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of a quota is used. `name` is to be translated, `used` and `limit` as people read them."""

    name: str
    share: float
    used: str
    limit: str

    @property
    def is_nearly_full(self) -> bool:
        return self.share > 0.9  # noqa: PLR2004  from there on it is time to ask for more


@dataclass(frozen=True, slots=True)
class Point:
    """A bar of a chart."""

    label: str
    value: float
    shown: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars by day. `title` is to be translated."""

    title: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Line:
    """What one person, or everything that is nobody's, used. `name` None: keys and people who were erased."""

    name: str | None
    minutes: str
    jobs: str


def meters_of(project: Project, left: Left, formats: Formats) -> list[Meter]:
    """The quotas that the project has."""
    found = []
    if project.minutes_a_month and left.minutes is not None:
        used = project.minutes_a_month - left.minutes
        told = formats.number(round(used, 1)), formats.number(project.minutes_a_month)
        found.append(Meter(_("Minutes this month"), used / project.minutes_a_month, *told))
    if project.storage_bytes and left.storage_bytes is not None:
        kept = project.storage_bytes - left.storage_bytes
        sizes = formats.size(kept), formats.size(project.storage_bytes)
        found.append(Meter(_("Storage"), kept / project.storage_bytes, *sizes))
    return found


def totals_of(report: Report, formats: Formats) -> list[tuple[str, str]]:
    """The sums of the month: names to be translated, and amounts."""
    totals = report.totals
    return [
        (_("Minutes heard"), _minutes_told(totals, UsageKind.AUDIO_SECONDS, formats)),
        (_("Minutes of film and speech made"), _minutes_told(totals, UsageKind.GENERATED_SECONDS, formats)),
        (_("Jobs"), formats.number(round(_all(totals, UsageKind.JOBS)))),
    ]


def by_day(report: Report, zone: tzinfo, formats: Formats) -> list[Chart]:
    """Charts of the month, days without usage too."""
    days = list(days_within(report.period, zone))
    amounts = [report.lines.get(day, Amounts()) for day in days]
    labels = [formats.short_day(day) for day in days]

    def chart(title: str, value: Callable[[Amounts], float], shown: Callable[[float], str]) -> Chart:
        values = [value(one) for one in amounts]
        return Chart(title, [Point(*bar) for bar in zip(labels, values, map(shown, values), strict=True)])

    return [
        chart(_("Minutes a day"), _minutes, lambda value: formats.number(round(value, 1))),
        chart(
            _("Jobs a day"),
            lambda one: _all(one, UsageKind.JOBS),
            lambda value: formats.number(round(value)),
        ),
        chart(
            _("Stored at the end of the day"),
            lambda one: _all(one, UsageKind.STORAGE_BYTE_DAYS),
            lambda value: formats.size(round(value)),
        ),
    ]


def by_person(report: Report, members: Sequence[Member], formats: Formats) -> list[Line]:
    """Who used how much, most first."""
    names: dict[object, str] = {one.user_id: shown_name(one, with_email=True) for one in members}
    lines = sorted(report.lines.items(), key=lambda line: -_minutes(line[1]))
    return [
        Line(
            _called(who, names),
            formats.number(round(_minutes(amounts), 1)),
            formats.number(round(_all(amounts, UsageKind.JOBS))),
        )
        for who, amounts in lines
    ]


def _called(who: object, names: dict[object, str]) -> str | None:
    if isinstance(who, UUID):
        return names.get(who) or str(who)
    return None


def _all(amounts: Amounts, kind: UsageKind) -> float:
    """What is done and what is under way: both weigh on the quotas."""
    return amounts.used[kind] + amounts.reserved[kind]


def _minutes(amounts: Amounts) -> float:
    seconds = _all(amounts, UsageKind.AUDIO_SECONDS) + _all(amounts, UsageKind.GENERATED_SECONDS)
    return seconds / _MINUTE_SECONDS


def _minutes_told(amounts: Amounts, kind: UsageKind, formats: Formats) -> str:
    return formats.number(round(_all(amounts, kind) / _MINUTE_SECONDS, 1))
