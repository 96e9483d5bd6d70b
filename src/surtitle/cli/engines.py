"""`surtitle engines`: what can recognise and what can speak."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

engines_app = typer.Typer(help="Show the engines that can be chosen.", no_args_is_help=True)


@engines_app.callback()
def _engines() -> None:
    """Show the engines that can be chosen."""


@engines_app.command("list")
def list_engines(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Show every engine, and those that are installed and broken."""
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.engines.registry import EngineRegistry  # noqa: PLC0415

    settings = load_settings(quiet=True)
    registry = EngineRegistry(settings.engines.plugin)
    if as_json:
        found = [
            {"name": spec.name, "capability": spec.capability, "summary": spec.summary}
            for spec in registry.specs
        ]
        sys.stdout.write(json.dumps({"engines": found, "broken": registry.broken}, indent=2) + "\n")
        return
    table = Table("engine", "does", "summary", box=None)
    for spec in registry.specs:
        mark = " (default)" if spec.name == settings.engines.transcriber else ""
        table.add_row(spec.name + mark, spec.capability.value, escape(spec.summary))
    for name, reason in registry.broken.items():
        table.add_row(name, "broken", escape(reason))
    Console(width=None if sys.stdout.isatty() else 160).print(table)
