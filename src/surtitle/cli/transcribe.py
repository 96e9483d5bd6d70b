"""`surtitle transcribe`: recordings in, text files out."""

from typing import Annotated, Any

import typer

from surtitle.cli import options as ask
from surtitle.domain.options import TranscriptFormat
from surtitle.errors import Invalid

# Formats that are made of cues; the others need the words only.
_CUE_FORMATS = {TranscriptFormat.SRT, TranscriptFormat.VTT, TranscriptFormat.ASS}
_BINARY = {TranscriptFormat.DOCX}
_MEETING = "meeting"
_RECIPES = ("transcript", "subtitles", _MEETING)


def transcribe(
    files: ask.Files,
    *,
    formats: Annotated[
        list[TranscriptFormat] | None,
        typer.Option(
            "--format",
            "-f",
            help="May be given several times; srt if left out, docx for a meeting.",
            show_default=False,
        ),
    ] = None,
    output: ask.Output = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="transcript, subtitles or meeting (who said what); chosen by the rest if left out.",
            show_default=False,
        ),
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
    speakers: ask.Speakers = None,
    min_speakers: ask.FewestSpeakers = None,
    max_speakers: ask.MostSpeakers = None,
    channels: ask.SpeakerChannels = None,
    diarizer: ask.Diarizer = None,
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
    """Write down recordings: talk.mp4 becomes talk.srt beside it. Of a meeting: who said what, and minutes.

    A command that was cut off goes on where it was when it is given again.
    """
    from surtitle.cli.batch.command import run_command  # noqa: PLC0415 - takes seconds
    from surtitle.cli.batch.outputs import Wanted  # noqa: PLC0415
    from surtitle.cli.batch.running import Order  # noqa: PLC0415

    who = ask.given(
        speakers=speakers, min_speakers=min_speakers, max_speakers=max_speakers, channels=channels,
        engine=diarizer,
    )  # fmt: skip
    usual = TranscriptFormat.DOCX if who or recipe == _MEETING else TranscriptFormat.SRT
    chosen = list(dict.fromkeys(formats or [_format_of(output, usual)]))
    cues = ask.given(
        max_chars_per_line=max_chars_per_line,
        max_lines=max_lines,
        max_chars_per_second=max_chars_per_second,
        min_duration_seconds=min_duration,
        max_duration_seconds=max_duration,
        profanity="mask" if mask_profanity else None,
    )
    settled = recipe or _recipe_for(chosen, who, cues)
    _require_text_recipe(settled)
    asked = ask.given(
        engine=engine, model=model, language=language, task=task, compute_type=compute_type, vad=vad,
        vad_threshold=vad_threshold, multilingual=multilingual or None, beam_size=beam_size,
        temperatures=temperatures or None, word_times=word_times, prompt=prompt, hotwords=hotwords,
        glossary=glossary, number_style=numbers,
        audio_track=audio_track, diarization=who, subtitles=cues,
    )  # fmt: skip
    wanted = [Wanted(one.value, f".{one.value}", binary=one in _BINARY) for one in chosen]
    order = Order(settled, asked, keep=keep, overwrite=overwrite)
    raise typer.Exit(run_command(files, order, wanted, output=output, as_json=as_json))


def _format_of(output: str | None, usual: TranscriptFormat) -> TranscriptFormat:
    """What the name of the output says, else the usual."""
    ending = (output or "").rpartition(".")[2].lower()
    return next((item for item in TranscriptFormat if item == ending), usual)


def _recipe_for(formats: list[TranscriptFormat], who: dict[str, Any], cues: dict[str, Any]) -> str:
    if who or TranscriptFormat.RTTM in formats:
        return _MEETING
    return "subtitles" if cues or _CUE_FORMATS.intersection(formats) else "transcript"


def _require_text_recipe(recipe: str) -> None:
    if recipe == "captioned-video":
        raise Invalid("For videos with captions use `surtitle caption FILES...`.")
    if recipe not in _RECIPES:
        raise Invalid(f"There is no recipe {recipe[:60]!r} here; choose one of: {', '.join(_RECIPES)}.")
