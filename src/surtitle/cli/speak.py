"""`surtitle speak`: a text into a sound file."""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from surtitle.pipelines.speech.choosing import ListedVoice
    from surtitle.pipelines.speech.narration import Narration
    from surtitle.pipelines.speech.speaking import Manner


def speak(
    text: Annotated[
        str | None, typer.Argument(help="What to say, or - for standard input.", show_default=False)
    ] = None,
    *,
    out: Annotated[
        str,
        typer.Option("--out", "-o", help="A file: .wav .mp3 .opus .aac .flac .pcm; or - for WAV to a pipe."),
    ] = "speech.wav",
    language: Annotated[
        str | None, typer.Option("--language", "-l", help="Left out: found in the text.", show_default=False)
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="hibari, kokoro, espeak or openai-speech.", show_default=False)
    ] = None,
    voice: Annotated[str | None, typer.Option(help="See --voices.", show_default=False)] = None,
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1.0 is natural.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Another number, another way of saying it.")] = 0,
    voices: Annotated[bool, typer.Option("--voices", help="List the voices and end.")] = False,
) -> None:
    """Speak a text into a sound file. The same words give the same file.

    [pause], [pause 0.5s] and <break time="500ms"/> in the text are silence.
    """
    from surtitle.cli.given_text import given_text  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.pipelines.speech.speaking import Manner, NothingToSay  # noqa: PLC0415

    if voices:
        _list(language)
        return
    if text is None:
        raise Invalid("Give the text to say, or - to read it from standard input.")
    words = given_text(text).strip()
    if not words:
        raise NothingToSay
    if out == "-" and sys.stdout.isatty():
        raise Invalid("Sound does not go to a terminal; name a file with --out, or use a pipe.")
    _format_of(out)
    with tempfile.TemporaryDirectory() as folder:
        made = asyncio.run(_speak(words, language, Manner(voice, speed, seed, engine), Path(folder)))
        for warning in made.warnings:
            typer.echo(warning, err=True)
        _deliver(_encoded(made.sound, out), out)
    if out != "-":
        typer.echo(
            f"{out} ({made.duration_seconds:.1f} s, {made.engine} {made.voice or ''})".replace(" )", ")")
        )


async def _speak(words: str, language: str | None, manner: "Manner", folder: Path) -> "Narration":
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.engines.host import EngineHost  # noqa: PLC0415
    from surtitle.engines.models import ModelStore, probe_hardware  # noqa: PLC0415
    from surtitle.engines.registry import EngineRegistry  # noqa: PLC0415
    from surtitle.pipelines.film.script.language import language_of  # noqa: PLC0415
    from surtitle.pipelines.speech.parts import open_speech  # noqa: PLC0415

    settings = load_settings(quiet=True)
    # Nobody asks for the times of words here.
    settings.speech.align = False
    registry = EngineRegistry(settings.engines.plugin)
    host = EngineHost(settings.engines, registry)
    speech = open_speech(settings, registry, ModelStore(settings), probe_hardware(0), host)
    code = _code_of(language) or (manner.voice and speech.chooser.language_of(manner.voice, manner.engine))
    try:
        return await speech.narrator.narrate(
            words, manner, code or language_of(words) or "en", folder / "speech.wav"
        )
    finally:
        await host.close()


def _code_of(language: str | None) -> str | None:
    from surtitle.domain.languages import language_code  # noqa: PLC0415
    from surtitle.errors import Invalid  # noqa: PLC0415

    try:
        return language_code(language) if language else None
    except ValueError as error:
        raise Invalid(f"{error}.", field="language") from None


def _list(language: str | None) -> None:
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from surtitle.domain.languages import language_name  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for column in ("language", "voice", "engine", "", ""):
        table.add_column(column)
    wanted = _code_of(language)
    for voice in _all_voices():
        if wanted in {None, voice.language}:
            told = language_name(voice.language) if voice.language else "any"
            here = "" if voice.is_here else "not installed"
            table.add_row(told, voice.name, voice.engine, voice.summary, here)
    Console().print(table)


def _all_voices() -> "tuple[ListedVoice, ...]":
    from surtitle.cli.settings import load_settings  # noqa: PLC0415
    from surtitle.engines.models import ModelStore, probe_hardware  # noqa: PLC0415
    from surtitle.engines.registry import EngineRegistry  # noqa: PLC0415
    from surtitle.pipelines.speech.choosing import SpeakerChooser  # noqa: PLC0415

    settings = load_settings(quiet=True)
    registry = EngineRegistry(settings.engines.plugin)
    found = SpeakerChooser(settings, registry, ModelStore(settings), probe_hardware(0)).voices()
    return tuple(sorted(found, key=lambda voice: (voice.language or "~", not voice.is_here)))


def _format_of(out: str) -> str:
    """The ending without its point; `wav` for a pipe. Raises `Invalid` for one that cannot be written."""
    from surtitle.errors import Invalid  # noqa: PLC0415
    from surtitle.media.encoding import SoundFormat  # noqa: PLC0415

    ending = "wav" if out == "-" else Path(out).suffix.lower().removeprefix(".") or "wav"
    ending = "opus" if ending == "ogg" else ending
    if ending not in set(SoundFormat):
        raise Invalid(
            f"{Path(out).name!r} ends in no sound format that can be written: {', '.join(SoundFormat)}.",
            field="out",
        )
    return ending


def _encoded(sound: Path, out: str) -> Path:
    """The narration as its file is to be; a WAV is taken as it was made."""
    from surtitle.media.encoding import SoundFormat, encode_wave  # noqa: PLC0415

    wanted = SoundFormat(_format_of(out))
    if wanted is SoundFormat.WAV:
        return sound
    made = sound.with_name(f"speech.{wanted}")
    encode_wave(sound, made, wanted)
    return made


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
