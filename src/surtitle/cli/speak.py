"""`surtitle speak`: an English text into a WAV file."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer


def speak(
    text: Annotated[str, typer.Argument(help="What to say, or - for standard input.", show_default=False)],
    out: Annotated[
        str, typer.Option("--out", "-o", help="A WAV file, or - for standard output.")
    ] = "speech.wav",
    voice: Annotated[str | None, typer.Option(help="Voice of the engine.", show_default=False)] = None,
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1.0 is natural.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another number, another way of saying it.")] = 0,
) -> None:
    """Speak an English text into a WAV file. The same words give the same file."""
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.pipelines.speech.speaking import Manner  # noqa: PLC0415

    words = (sys.stdin.read() if text == "-" else text).strip()
    if not words:
        raise Invalid("There is nothing to say: the text is empty.")
    if out == "-" and sys.stdout.isatty():
        raise Invalid("Sound does not go to a terminal; name a file with --out, or use a pipe.")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "speech.wav"
        seconds = asyncio.run(_speak(words, made, Manner(voice, speed, seed)))
        _deliver(made, out)
    if out != "-":
        typer.echo(f"{out} ({seconds:.1f} s)")


async def _speak(words: str, made: Path, manner: object) -> float:
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.engines.host import EngineHost  # noqa: PLC0415
    from surtitle.engines.registry import EngineRegistry  # noqa: PLC0415
    from surtitle.pipelines.speech.speaking import Manner, Speaker  # noqa: PLC0415

    assert isinstance(manner, Manner)
    settings = load_settings(quiet=True).engines
    registry = EngineRegistry(settings.plugin)
    host = EngineHost(settings, registry)
    try:
        spoken = await Speaker(host, registry, settings).speak(words, made, manner)
    finally:
        await host.close()
    return spoken.duration_seconds


def _deliver(made: Path, out: str) -> None:
    if out == "-":
        with made.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        return
    place = Path(out).expanduser()
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f".{place.name}.part")
    try:
        shutil.copyfile(made, part)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
