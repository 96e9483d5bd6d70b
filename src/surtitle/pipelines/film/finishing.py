"""The last pass over every film, whoever drew it: sound, music, captions, one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from surtitle.config import RenderingSettings
from surtitle.media.timeline import MAX_GAP_SECONDS, MAX_OVERLAP_SECONDS
from surtitle.pipelines.film.loudness import measured, normalised
from surtitle.pipelines.rendering.containers import BIT_EXACT
from surtitle.pipelines.rendering.ffmpeg import Encoder, find_ffmpeg
from surtitle.pipelines.rendering.filters import EIGHT_BIT
from surtitle.pipelines.rendering.fonts import font_warnings
from surtitle.pipelines.rendering.process import OnProgress, run_ffmpeg
from surtitle.pipelines.rendering.reproducible import reproducible_x264
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for, write_text
from surtitle.pipelines.rendering.source import inspect_source, reading

_STEREO = "aresample=48000,aformat=sample_fmts=fltp:channel_layouts=stereo"
# Fills and trims only, and from 0.1 s on, as `media.timeline` does; nothing is stretched.
_GAPS_FILLED = "aresample=48000:async=1:first_pts=0"
# Or ffmpeg takes ten seconds that are missing from a transport stream for a broken clock.
_GAPS_KEPT = ("-dts_delta_threshold", f"{MAX_GAP_SECONDS:.0f}")
# Music alone stands at the film's loudness; under speech it begins 12 dB lower, and is ducked by the voice.
_BED_DB = -12
_DUCKING = "sidechaincompress=threshold=0.03:ratio=10:attack=60:release=700"
_FADE_IN_SECONDS, _FADE_OUT_SECONDS = 0.6, 2.0
_AAC = ("-c:a", "aac", "-b:a", "160k", "-ar", "48000")
_PICTURE = ("-c:v", Encoder.X264.value, "-preset", "veryfast", "-crf", "20")


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What a film is joined from. `captions` is ASS to draw into the picture, `track` SubRip to carry along
    in `language` (ISO 639-2/T). `loops`: the picture begins anew until the film ends.
    """

    picture: Path
    duration_seconds: float
    voice: Path | None = None
    voice_track: int = 0
    music: Path | None = None
    captions: str | None = None
    track: str | None = None
    language: str = "und"
    loops: bool = False


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The arguments that open the files, and the names of their sounds within the graph.

    The voice begins `voice_start_seconds` into its recording.
    """

    arguments: tuple[str, ...]
    voice: str | None
    voice_start_seconds: float
    music: str | None
    count: int


async def finish(
    ingredients: Ingredients,
    output: Path,
    *,
    settings: RenderingSettings,
    target_lufs: float,
    on_progress: OnProgress | None = None,
) -> tuple[str, ...]:
    """The film as MP4 that plays while it loads, at `output`, whole or not at all; sentences for its viewers.

    The same ingredients give the same bytes. Raises as `rendering.burn` does.
    """
    build = await find_ffmpeg(settings)
    inputs = await _opened(ingredients)
    with scratch_for(output) as folder:
        warnings = await _laid_out(ingredients, build.path, folder)
        sound = await _sound(ingredients, inputs, build.path, folder, target_lufs)
        arguments = [*inputs.arguments, *_track(ingredients), *_picture(ingredients), *sound]
        await run_ffmpeg(
            build.path,
            [*arguments, *_subtitles(ingredients, inputs), *_writing(ingredients)],
            folder=folder,
            source=ingredients.picture,
            duration_seconds=ingredients.duration_seconds,
            on_progress=on_progress,
        )
        put_in_place(folder / "made.mp4", output)
    return warnings


async def _laid_out(ingredients: Ingredients, executable: Path, folder: Path) -> tuple[str, ...]:
    """Write the caption files; what a viewer would notice of their fonts."""
    if ingredients.track is not None:
        write_text(folder / "captions.srt", ingredients.track)
    if ingredients.captions is None:
        return ()
    write_text(folder / "captions.ass", ingredients.captions)
    return await font_warnings(executable, ingredients.captions, folder=folder)


async def _sound(
    ingredients: Ingredients, inputs: _Inputs, executable: Path, folder: Path, target_lufs: float
) -> list[str]:
    """The arguments for the sound, measured first; none where nothing is heard."""
    graph = _sound_graph(inputs, ingredients.duration_seconds)
    if not graph:
        return []
    loudness = await measured(
        executable,
        inputs.arguments,
        graph,
        folder=folder,
        source=ingredients.picture,
        target_lufs=target_lufs,
    )
    whole = f"{graph};[mixed]{normalised(loudness, target_lufs)}[sound]"
    return ["-filter_complex", whole, "-map", "[sound]", *_AAC]


async def _opened(ingredients: Ingredients) -> _Inputs:
    picture = await inspect_source(ingredients.picture)
    again = ("-stream_loop", "-1") if ingredients.loops else ()
    arguments: list[str] = [*_GAPS_KEPT, *again, *reading(ingredients.picture, picture)]
    # An engine may have made sound of its own; a voice of ours stands in its place.
    heard, voice, count = next(iter(picture.readable_sounds), None), None, 1
    if ingredients.voice is not None:
        recording = await inspect_source(ingredients.voice)
        arguments += reading(ingredients.voice, recording)
        heard, count = recording.sounds[ingredients.voice_track], count + 1
    if heard is not None:
        voice = f"{count - 1}:a:{heard.index}"
    music = None
    if ingredients.music is not None:
        arguments += ["-stream_loop", "-1"]
        arguments += reading(ingredients.music, await inspect_source(ingredients.music))
        music, count = f"{count}:a:0", count + 1
    return _Inputs(tuple(arguments), voice, heard.start_seconds if heard else 0.0, music, count)


def _sound_graph(inputs: _Inputs, seconds: float) -> str:
    """Filters from the inputs to `[mixed]`, as long as the film; empty where nothing is heard."""
    last = f"atrim=0:{seconds:.3f},asetpts=PTS-STARTPTS"
    fades = (
        f"afade=t=in:d={_FADE_IN_SECONDS},"
        f"afade=t=out:st={max(0.0, seconds - _FADE_OUT_SECONDS):.3f}:d={_FADE_OUT_SECONDS}"
    )
    placed = _placed(inputs.voice_start_seconds)
    if inputs.voice and inputs.music:
        return (
            f"[{inputs.voice}]{placed},{_STEREO},apad,{last},asplit[voice][key];"
            f"[{inputs.music}]{_STEREO},volume={_BED_DB}dB,apad,{last},{fades}[bed];"
            f"[bed][key]{_DUCKING}[ducked];[voice][ducked]amix=inputs=2:duration=first:normalize=0[mixed]"
        )
    if inputs.voice:
        return f"[{inputs.voice}]{placed},{_STEREO},apad,{last}[mixed]"
    if inputs.music:
        return f"[{inputs.music}]{_STEREO},apad,{last},{fades}[mixed]"
    return ""


def _placed(start_seconds: float) -> str:
    """Filters that keep a voice where it was in its recording, as captions and words have it.

    Like `media.timeline`: gaps are silent, and an impossible jump of the clock is ignored.
    """
    # Of a transport stream ffmpeg forgets how much later than the picture its sound begins.
    at = f"PTS+max(0,{start_seconds:.6f}/TB-STARTPTS)-ld(1)"
    # Variable 0 holds where the next frame should begin, 1 the jumps ignored so far, 2 the newest one.
    broken = f"gt(ld(2),{MAX_GAP_SECONDS}/TB)+lt(ld(2),-{MAX_OVERLAP_SECONDS}/TB)"
    jump = f"st(2,{at}-ld(0));if({broken},st(1,ld(1)+ld(2)))"
    return f"asetpts='{jump};st(0,{at}+S/SR/TB);ld(0)-S/SR/TB',{_GAPS_FILLED}"


def _track(ingredients: Ingredients) -> Sequence[str]:
    if ingredients.track is None:
        return ()
    return ("-f", "srt", "-sub_charenc", "UTF-8", "-i", "captions.srt")


def _picture(ingredients: Ingredients) -> list[str]:
    """The picture untouched, if nothing has to be drawn on it and it is long enough."""
    if ingredients.captions is None and not ingredients.loops:
        return ["-map", "0:V:0", "-c:v", "copy"]
    chain = [EIGHT_BIT]
    if ingredients.captions is not None:
        chain.append("ass=captions.ass:fontsdir=fonts")
    return ["-map", "0:V:0", "-vf", ",".join(chain), *_PICTURE, *reproducible_x264()]


def _subtitles(ingredients: Ingredients, inputs: _Inputs) -> list[str]:
    if ingredients.track is None:
        return []
    labels = ["-metadata:s:s:0", f"language={ingredients.language}", "-disposition:s:0", "default"]
    return ["-map", f"{inputs.count}:s:0", "-c:s", "mov_text", *labels]


def _writing(ingredients: Ingredients) -> list[str]:
    length = ["-t", f"{ingredients.duration_seconds:.3f}"]
    plain = ["-map_metadata", "-1", "-map_chapters", "-1", *BIT_EXACT]
    return [*length, *plain, "-movflags", "+faststart", "-f", "mp4", "made.mp4"]
