"""A short film made on the spot: a few sentences by the local voice over a drawn picture."""

import asyncio
import tempfile
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from surtitle.config import Settings
from surtitle.engines.host import EngineHost
from surtitle.engines.models import ModelStore, probe_hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.pipelines.rendering.containers import BIT_EXACT
from surtitle.pipelines.rendering.ffmpeg import find_ffmpeg
from surtitle.pipelines.rendering.process import run_ffmpeg
from surtitle.pipelines.rendering.scratch import put_in_place, scratch_for, write_text
from surtitle.pipelines.speech.choosing import SpeakerChooser

SENTENCES = (
    "Hello, and welcome.",
    "This little film was made on your own machine, a moment ago.",
    "The voice that you hear is a small model that came with the program.",
    "Another model listens to it now, and writes down every word.",
    "The words become subtitles that can be read in the time they stand.",
    "Nothing of this has left your computer.",
    "Now try it with a recording of your own.",
)
WIDTH, HEIGHT, FRAMES_PER_SECOND = 1280, 720, 25

_PAUSE_SECONDS = 0.55
_LEAD_SECONDS = 0.8
# The same number of threads everywhere: x264 cuts the picture into as many parts.
_THREADS = "2"

# ASS colours are &HAABBGGRR. The lower third stays empty: captions go there.
_TITLE = """[Script Info]
ScriptType: v4.00+
PlayResX: 1280
PlayResY: 720
WrapStyle: 2

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, \
Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, \
MarginL, MarginR, MarginV, Encoding
Style: Title,Inter,104,&H00FFFFFF,&H00FFFFFF,&H00000000,&H00000000,-1,0,0,0,100,100,-2,0,1,0,0,5,0,0,0,1
Style: Line,Inter,36,&H30FFFFFF,&H00FFFFFF,&H00000000,&H00000000,0,0,0,0,100,100,1,0,1,0,0,5,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:00.20,0:10:00.00,Title,,0,0,0,,{\\pos(640,210)\\fad(700,0)}Surtitle
Dialogue: 0,0:00:00.90,0:10:00.00,Line,,0,0,0,,{\\pos(640,300)\\fad(700,0)}sound to text, text to film
"""
_PICTURE = (
    "gradients=s={width}x{height}:r={rate}:c0=0x1B1464:c1=0x0F5E6B:c2=0x3A1F66:nb_colors=3:"
    "x0=0:y0=0:x1={width}:y1={height}:speed=0.006:seed=7:d={seconds}"
)
_DRAWING = (
    "[1:a]aformat=channel_layouts=mono,showwaves=s=640x110:r={rate}:mode=cline:colors=white@0.55:"
    "draw=full:scale=sqrt,format=rgba[wave];"
    "[0:v]format=rgba[paper];[paper][wave]overlay=320:360:format=auto[under];"
    "[under]ass=title.ass:fontsdir=fonts,format=yuv420p[film]"
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A film at `path`; `text` is what is said in it."""

    path: Path
    seconds: float
    text: str


async def make_clip(settings: Settings, output: Path, say: Callable[[str], None]) -> Clip:
    """Make the film at `output` (mp4), whole or not at all. The same on every run."""
    await asyncio.to_thread(output.parent.mkdir, parents=True, exist_ok=True)
    say("speaking the text")
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        seconds = await _narrate(settings, Path(folder), sound)
        say("drawing the picture")
        await _draw(settings, sound, seconds, output)
    return Clip(output, seconds, " ".join(SENTENCES))


async def _narrate(settings: Settings, folder: Path, sound: Path) -> float:
    """All sentences with pauses between them; how long it is."""
    registry = EngineRegistry(settings.engines.plugin)
    host = EngineHost(settings.engines, registry)
    models, hardware = ModelStore(settings), probe_hardware(0)
    voice = SpeakerChooser(settings, registry, models, hardware).setup_for("en", "hibari")
    try:
        spoken = [
            await host.synthesize(
                voice.setup, text, voice=voice.voice, speed=1.0, seed=0, output=folder / f"{number}.wav"
            )
            for number, text in enumerate(SENTENCES)
        ]
    finally:
        await host.close()
    return _join([one.path for one in spoken], spoken[0].sample_rate_hz, sound)


def _join(parts: list[Path], sample_rate_hz: int, sound: Path) -> float:
    with wave.open(str(sound), "wb") as joined:
        joined.setparams((1, 2, sample_rate_hz, 0, "NONE", ""))
        joined.writeframes(_silence(sample_rate_hz, _LEAD_SECONDS))
        for part in parts:
            with wave.open(str(part), "rb") as spoken:
                joined.writeframes(spoken.readframes(spoken.getnframes()))
            joined.writeframes(_silence(sample_rate_hz, _PAUSE_SECONDS))
        return joined.getnframes() / sample_rate_hz


def _silence(sample_rate_hz: int, seconds: float) -> bytes:
    return bytes(2 * round(sample_rate_hz * seconds))


async def _draw(settings: Settings, sound: Path, seconds: float, output: Path) -> None:
    build = await find_ffmpeg(settings.rendering)
    sizes = {"width": WIDTH, "height": HEIGHT, "rate": FRAMES_PER_SECOND, "seconds": f"{seconds:.3f}"}
    with scratch_for(output) as folder:
        write_text(folder / "title.ass", _TITLE)
        arguments = [
            *("-f", "lavfi", "-i", _PICTURE.format(**sizes), "-i", str(sound)),
            *("-filter_complex_threads", "1", "-filter_complex", _DRAWING.format(**sizes)),
            *("-map", "[film]", "-map", "1:a", "-t", str(sizes["seconds"])),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", _THREADS),
            *("-c:a", "aac", "-b:a", "96k", *BIT_EXACT, "-movflags", "+faststart"),
            *("-metadata:s:a:0", "language=eng", "-f", "mp4", "clip.mp4"),
        ]
        await run_ffmpeg(build.path, arguments, folder=folder, source=output)
        put_in_place(folder / "clip.mp4", output)
