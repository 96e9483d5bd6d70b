"""`surtitle kpis`: the figures of each day."""

import csv
import sys
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from surtitle.cli.asking import answered, write_json

if TYPE_CHECKING:
    from surtitle.db.kpi_models import KpiDay

kpis_app = typer.Typer(help="Compute and show the figures of each day.", no_args_is_help=True)


class Engine(StrEnum):
    """What computes."""

    AUTO = "auto"
    DUCKDB = "duckdb"
    POSTGRESQL = "postgresql"
    SPARK = "spark"


class Format(StrEnum):
    """How figures are shown."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


# A project's id that is folded cannot be copied.
_WIDE = 160
_DAY_FORMAT = ["%Y-%m-%d"]
From = Annotated[
    datetime | None, typer.Option("--from", formats=_DAY_FORMAT, help="The first day.", show_default=False)
]
To = Annotated[
    datetime | None, typer.Option("--to", formats=_DAY_FORMAT, help="The last day.", show_default=False)
]


@kpis_app.command("compute")
def compute(
    first: From = None,
    last: To = None,
    engine: Annotated[
        Engine | None,
        typer.Option(help="What computes; else what SURTITLE_ANALYTICS__ENGINE says.", show_default=False),
    ] = None,
) -> None:
    """Compute the days that are over and not computed yet, or to which something came late. With `--from`,
    these days anew, up to `--to` or yesterday.
    """
    if first is None and last is not None:
        raise typer.BadParameter("name the first day too (--from)", param_hint="--to")

    async def ask(parts: Any) -> Any:
        daily = parts.analytics.daily(engine)
        return await (daily.compute_due() if first is None else daily.compute(first.date(), _day(last)))

    done = answered(ask)
    for one in done:
        late = f", {one.late} of them since it was computed before" if one.late else ""
        typer.echo(f"{one.day}: {one.projects} project(s), {one.events} event(s){late}")
    if not done:
        typer.echo("Every day that is over is computed already.")


@kpis_app.command("show")
def show(
    first: From = None,
    last: To = None,
    project: Annotated[str | None, typer.Option(help="Its id or name; else all.", show_default=False)] = None,
    wanted_format: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Show what was computed, the oldest day first."""
    from surtitle.analytics.reading import FigureFilter  # noqa: PLC0415 - takes seconds

    async def ask(parts: Any) -> Any:
        projects: list[UUID] | None = None
        if project is not None:
            projects = [(await parts.accounts.people.projects.named(project)).id]
        wanted = FigureFilter(_day(first), _day(last), projects)
        return [row async for row in parts.analytics.reading.stream(wanted)]

    _show(answered(ask), wanted_format)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _show(rows: "list[KpiDay]", wanted: Format) -> None:
    from surtitle.analytics.written import COLUMNS, document  # noqa: PLC0415 - takes seconds

    if wanted is Format.JSON:
        write_json([document(row) for row in rows])
    elif wanted is Format.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerow(COLUMNS)
        writer.writerows([list(document(row).values()) for row in rows])
    elif rows:
        _print(rows)
    else:
        Console(stderr=True).print("No day is computed yet: surtitle kpis compute")


def _print(rows: "list[KpiDay]") -> None:
    table = Table(
        "day", "project", "jobs", "ok", "mean s", "p95 s", "wait s", "x real time", "min in", "films",
        "credits", "people", "storage", box=None,
    )  # fmt: skip
    for row in rows:
        table.add_row(
            str(row.day), str(row.project_id), str(row.jobs_created), _told(row.success_rate, ".0%"),
            _told(row.duration_mean_seconds, ".1f"), _told(row.duration_p95_seconds, ".1f"),
            _told(row.wait_mean_seconds, ".1f"), _told(row.real_time_factor, ".2f"), f"{row.minutes_in:.1f}",
            str(row.films_out), f"{row.credits:g}", str(row.active_people), decimal(row.storage_bytes),
        )  # fmt: skip
    Console(highlight=False, width=max(Console().width, _WIDE)).print(table)


def _told(figure: float | None, form: str) -> str:
    return "-" if figure is None else format(figure, form)
