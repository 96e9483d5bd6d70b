"""`surtitle caption`: videos in, the same videos with captions out."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from surtitle.cli import options as ask

_LOOK = "Look"


class Container(StrEnum):
    MP4 = "mp4"
    MKV = "mkv"


class Position(StrEnum):
    BOTTOM = "bottom"
    TOP = "top"
    MIDDLE = "middle"


def _look(text: str, *names: str) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=_LOOK, show_default=False)


def caption(
    files: ask.Files,
    *,
    soft: Annotated[bool, _look("Captions as a track that players switch on, not in the picture.")] = False,
    container: Annotated[Container | None, _look("mp4 (usual) or mkv.")] = None,
    font: Annotated[str | None, _look("Font family; usually Inter.")] = None,
    size: Annotated[float | None, _look("Letter height, percent of the picture's; usually 5.5.")] = None,
    colour: Annotated[str | None, _look("Of the letters, #RRGGBB.", "--colour", "--color")] = None,
    outline_colour: Annotated[str | None, _look("#RRGGBB.", "--outline-colour", "--outline-color")] = None,
    box: Annotated[
        bool | None, _look("A box behind the text instead of an outline.", "--box/--no-box")
    ] = None,
    box_colour: Annotated[
        str | None, _look("#RRGGBBAA; AA is how solid it is.", "--box-colour", "--box-color")
    ] = None,
    karaoke: Annotated[
        bool | None, _look("Light each word as it is spoken.", "--karaoke/--no-karaoke")
    ] = None,
    position: Annotated[Position | None, _look("Where the captions stand.")] = None,
    quality: Annotated[int | None, _look("10 (best, large) to 40; usually 21.")] = None,
    preset: Annotated[str | None, _look("ultrafast … slow: time against size; usually veryfast.")] = None,
    output: ask.Output = None,
    engine: ask.Engine = None,
    model: ask.Model = None,
    language: ask.Language = None,
    task: ask.TaskChoice = None,
    compute_type: ask.Compute = None,
    vad: ask.Vad = None,
    vad_threshold: ask.VadThreshold = None,
    multilingual: ask.Multilingual = False,
    beam_size: ask.BeamSize = None,
    temperatures: ask.Temperatures = None,
    word_times: ask.WordTimes = None,
    prompt: ask.Prompt = None,
    hotwords: ask.Hotwords = None,
    glossary: ask.UseGlossary = None,
    numbers: ask.Numbers = None,
    audio_track: ask.AudioTrack = None,
    max_chars_per_line: ask.LineChars = None,
    max_lines: ask.Lines = None,
    max_chars_per_second: ask.ReadingSpeed = None,
    min_duration: ask.Shortest = None,
    max_duration: ask.Longest = None,
    mask_profanity: ask.MaskProfanity = False,
    keep: ask.Keep = False,
    overwrite: ask.Overwrite = False,
    as_json: ask.AsJson = False,
) -> None:
    """Make videos with captions: talk.mp4 becomes talk.captioned.mp4 beside it.

    A command that was cut off goes on where it was when it is given again.
    """
    from surtitle.cli.batch.command import run_command  # noqa: PLC0415 - takes seconds
    from surtitle.cli.batch.outputs import Wanted  # noqa: PLC0415
    from surtitle.cli.batch.running import Order  # noqa: PLC0415

    style = ask.given(
        font=font, size_percent=size, colour=colour, outline_colour=outline_colour, box=box,
        box_colour=box_colour, karaoke=karaoke, position=position,
    )  # fmt: skip
    settled = container or _container_of(output)
    video = ask.given(
        captions="soft" if soft else None, container=settled, quality=quality, preset=preset, style=style
    )
    cues = ask.given(
        max_chars_per_line=max_chars_per_line,
        max_lines=max_lines,
        max_chars_per_second=max_chars_per_second,
        min_duration_seconds=min_duration,
        max_duration_seconds=max_duration,
        profanity="mask" if mask_profanity else None,
    )
    asked = ask.given(
        engine=engine, model=model, language=language, task=task, compute_type=compute_type, vad=vad,
        vad_threshold=vad_threshold, multilingual=multilingual or None, beam_size=beam_size,
        temperatures=temperatures or None, word_times=word_times, prompt=prompt, hotwords=hotwords,
        glossary=glossary, number_style=numbers,
        audio_track=audio_track, subtitles=cues, video=video,
    )  # fmt: skip
    wanted = [Wanted(settled.value, f".captioned.{settled.value}", binary=True)]
    order = Order("captioned-video", asked, keep=keep, overwrite=overwrite)
    raise typer.Exit(run_command(files, order, wanted, output=output, as_json=as_json))


def _container_of(output: str | None) -> Container:
    return Container.MKV if (output or "").lower().endswith(".mkv") else Container.MP4
