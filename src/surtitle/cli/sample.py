"""`surtitle sample`: a short film with speech, to try things with."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def sample(
    out: Annotated[Path, typer.Option("--out", "-o", help="The mp4 to write.")] = Path("clip.mp4"),
    text: Annotated[
        Path | None, typer.Option(help="Write what is said into this file, too.", show_default=False)
    ] = None,
) -> None:
    """Make a short film with speech, to try things with. It is the same on every run."""
    from surtitle.cli.clip import make_clip  # noqa: PLC0415 - takes seconds
    from surtitle.cli.settings import load_settings  # noqa: PLC0415

    settings = load_settings(quiet=True)
    clip = asyncio.run(make_clip(settings, out, lambda step: typer.echo(f"{step} …", err=True)))
    if text is not None:
        text.write_text(clip.text + "\n", encoding="utf-8")
    typer.echo(f"{clip.path} ({clip.seconds:.1f} s)")
