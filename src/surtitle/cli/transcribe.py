"""`surtitle transcribe`: recordings in, text files out."""

from typing import Annotated

import typer

from surtitle.cli import options as ask
from surtitle.domain.options import TranscriptFormat
from surtitle.errors import Invalid

# Formats that are made of cues; the others need the words only.
_CUE_FORMATS = {TranscriptFormat.SRT, TranscriptFormat.VTT, TranscriptFormat.ASS}
_BINARY = {TranscriptFormat.DOCX}


def transcribe(
    files: ask.Files,
    *,
    formats: Annotated[
        list[TranscriptFormat] | None,
        typer.Option(
            "--format", "-f", help="May be given several times; srt if left out.", show_default=False
        ),
    ] = None,
    output: ask.Output = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="transcript or subtitles; chosen by the formats if left out.", show_default=False),
    ] = None,
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
    """Write down recordings: talk.mp4 becomes talk.srt beside it.

    A command that was cut off goes on where it was when it is given again.
    """
    from surtitle.cli.batch.command import run_command  # noqa: PLC0415 - takes seconds
    from surtitle.cli.batch.outputs import Wanted  # noqa: PLC0415
    from surtitle.cli.batch.running import Order  # noqa: PLC0415

    chosen = list(dict.fromkeys(formats or [_format_of(output)]))
    cues = ask.given(
        max_chars_per_line=max_chars_per_line,
        max_lines=max_lines,
        max_chars_per_second=max_chars_per_second,
        min_duration_seconds=min_duration,
        max_duration_seconds=max_duration,
        profanity="mask" if mask_profanity else None,
    )
    settled = recipe or ("subtitles" if cues or _CUE_FORMATS.intersection(chosen) else "transcript")
    _require_text_recipe(settled)
    asked = ask.given(
        engine=engine, model=model, language=language, task=task, compute_type=compute_type, vad=vad,
        vad_threshold=vad_threshold, multilingual=multilingual or None, beam_size=beam_size,
        temperatures=temperatures or None, word_times=word_times, prompt=prompt, hotwords=hotwords,
        glossary=glossary, number_style=numbers,
        audio_track=audio_track, subtitles=cues,
    )  # fmt: skip
    wanted = [Wanted(one.value, f".{one.value}", binary=one in _BINARY) for one in chosen]
    order = Order(settled, asked, keep=keep, overwrite=overwrite)
    raise typer.Exit(run_command(files, order, wanted, output=output, as_json=as_json))


def _format_of(output: str | None) -> TranscriptFormat:
    """What the name of the output says, else subtitles."""
    ending = (output or "").rpartition(".")[2].lower()
    return next((item for item in TranscriptFormat if item == ending), TranscriptFormat.SRT)


def _require_text_recipe(recipe: str) -> None:
    if recipe == "captioned-video":
        raise Invalid("For videos with captions use `surtitle caption FILES...`.")
    if recipe not in {"transcript", "subtitles"}:
        raise Invalid(f"There is no recipe {recipe[:60]!r} here; choose one of: transcript, subtitles.")
