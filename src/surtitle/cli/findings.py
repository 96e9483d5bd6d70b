"""Findings as a table for people."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from surtitle.cli.checkup import Finding, State

_COLOURS = {State.OK: "green", State.NOTE: "yellow", State.MISSING: "red"}


def show_findings(findings: Sequence[Finding], conclusion: str) -> None:
    """One row for each, with what to do about it below it; then what it all comes to."""
    table = Table.grid(padding=(0, 2))
    for one in findings:
        mend = f"\n[bold]→ {escape(one.mend)}[/]" if one.mend else ""
        table.add_row(f"[{_COLOURS[one.state]}]{one.state}[/]", one.name, escape(one.found) + mend)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    console.print(table)
    console.print(conclusion)
