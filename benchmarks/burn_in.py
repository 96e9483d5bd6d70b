"""What our burn-in adds to ffmpeg's own time: probing, the trial of the fonts, progress, moving in place.

`pipelines.rendering.burn.burn_in` against bare ffmpeg with the same filters and settings, on a minute of
1280x720 at 30 frames a second. The sides take turns (A B B A). The bare command:
"""

import asyncio
import shlex
import subprocess
import time
from pathlib import Path
from statistics import median

from benchmarks.materials import Materials, seconds_of
from benchmarks.report import Report
from benchmarks.timing import Turns, in_turns, spread
from surtitle.config import RenderingSettings
from surtitle.domain.options import CaptionStyle, SubtitleOptions, VideoOptions
from surtitle.domain.transcript import Origin, Segment, Transcript, Word
from surtitle.pipelines.rendering.burn import burn_in
from surtitle.pipelines.rendering.ffmpeg import find_ffmpeg
from surtitle.pipelines.rendering.fonts import fonts_directory
from surtitle.pipelines.subtitles import ass_document, make_cues

_OURS = "`burn_in`"
_BARE = "bare ffmpeg"
_LEAST_SPEED = 0.97
_WORDS_A_SECOND = 2.5
_WIDTH, _HEIGHT = 1280, 720
_VIDEO = VideoOptions()
_SETTINGS = RenderingSettings(encoder="libx264")


def run(report: Report, materials: Materials) -> None:
    film, folder = materials.minute_film, materials.folder / "burn-in"
    folder.mkdir()
    captions = _captions(materials.text, seconds_of(film))
    (folder / "captions.ass").write_text(captions, encoding="utf-8")
    (folder / "fonts").symlink_to(fonts_directory(), target_is_directory=True)
    ffmpeg = asyncio.run(find_ffmpeg(_SETTINGS))
    command = _bare_command(ffmpeg.path, film)
    report.say(f"```console\n$ ffmpeg {shlex.join(command[1:]).replace(str(film), 'film.mp4')}\n```")
    turns = in_turns(
        {
            _OURS: lambda: _seconds_of_ours(film, captions, folder / "ours.mp4"),
            _BARE: lambda: _seconds_of_bare(command, folder),
        },
        pairs=materials.pairs,
    )
    _report(report, turns, seconds_of(film))


def _report(report: Report, turns: Turns, length_seconds: float) -> None:
    rows = [
        (side, str(len(seconds)), spread(seconds), f"{length_seconds / median(seconds):.2f}")
        for side, seconds in turns.items()
    ]
    report.table(("side", "runs", "seconds: median (range)", "x real time"), rows)
    speed = median(turns[_BARE]) / median(turns[_OURS])
    report.aim(
        f"at least {_LEAST_SPEED} of bare ffmpeg's speed", f"{speed:.3f} of it", met=speed >= _LEAST_SPEED
    )


def _seconds_of_ours(film: Path, captions: str, output: Path) -> float:
    async def burn() -> None:
        # The worker listens to the progress; so it is made here too.
        await burn_in(
            film, captions, output, video=_VIDEO, settings=_SETTINGS, on_progress=lambda _progress: None
        )

    began = time.perf_counter()
    asyncio.run(burn())
    return time.perf_counter() - began


def _seconds_of_bare(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def _bare_command(executable: Path, film: Path) -> list[str]:
    """Written out, not asked of the product: should the product's settings change, the two must differ."""
    reading = ["-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-i", str(film)]
    drawing = ["-map", "0:V:0", "-map", "0:a?", "-vf", "format=yuv420p,ass=captions.ass:fontsdir=fonts"]
    coding = ["-fps_mode", "vfr", "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-c:a", "copy"]
    return [str(executable), *reading, *drawing, *coding, "-movflags", "+faststart", "bare.mp4"]


def _captions(text: str, seconds: float) -> str:
    """`text` in captions at a speaker's pace. When each word is spoken makes no difference to the drawing."""
    pace = 1 / _WORDS_A_SECOND
    spoken = text.split()[: int(seconds * _WORDS_A_SECOND)]
    words = tuple(
        Word(f"w{number}", word, number * pace, (number + 1) * pace) for number, word in enumerate(spoken)
    )
    segment = Segment("s0", 0.0, words[-1].end_seconds, words)
    transcript = Transcript(seconds, "en", None, Origin("", "", "", ""), (segment,))
    cues = make_cues(transcript, SubtitleOptions())
    return ass_document(cues, CaptionStyle(), width=_WIDTH, height=_HEIGHT)
