"""Audiograms of ten minutes at 720p: times real time, beside ffmpeg alone, and memory that does not grow.

The engine draws cover, bars and captions in a process of its own. The peer is ffmpeg with its filters
`showwaves` and `subtitles` at the same size, rate and quality; no sound is written by either. The sides take
turns. Memory is the most that the process held (`ru_maxrss`), each length in a new process.
The peer's command:
"""

import shlex
import subprocess
import time
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

import imageio_ffmpeg
from tests.drawn_films import WORDS_A_SECOND, told
from tests.spoken import ffmpeg

from benchmarks.drawn import AUDIOGRAM, Drawn, draw
from benchmarks.materials import Materials
from benchmarks.report import Report, progress
from benchmarks.timing import in_turns, spread
from surtitle.domain.films import FilmRequest
from surtitle.domain.options import CaptionStyle
from surtitle.pipelines.film.captions import cues_of
from surtitle.pipelines.film.timeline import Timeline
from surtitle.pipelines.subtitles import srt_document

_OURS, _PEER = "`audiogram`", "ffmpeg `showwaves` + `subtitles`"
_SIZE, _QUICK_SIZE, _RATE = (1280, 720), (320, 180), 30
_LEAST_SPEED = 3.0
_MOST_GROWTH = 1.1
_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class _Sample:
    """A recording of so many seconds, with its captions for the peer."""

    request: FilmRequest
    folder: Path

    @property
    def seconds(self) -> float:
        return self.request.duration_seconds


def run(report: Report, materials: Materials) -> None:
    short, usual, long = (_sample(materials, seconds) for seconds in _lengths(materials))
    command = _peer_command(usual)
    report.say(f"```console\n$ ffmpeg {shlex.join(command[1:])}\n```")
    drawn: list[Drawn] = []
    turns = in_turns(
        {_OURS: lambda: _ours(usual, drawn), _PEER: lambda: _peer(command, usual.folder)},
        pairs=materials.pairs,
    )
    rows = [
        (side, spread(seconds), f"{usual.seconds / median(seconds):.2f}") for side, seconds in turns.items()
    ]
    report.table(("side", "seconds: median (range)", "x real time"), rows)
    drawing, encoding = (
        median(getattr(one, name) for one in drawn) for name in ("drawing_seconds", "encoding_seconds")
    )
    report.say(
        f"Drawing takes {drawing / (drawing + encoding):.0%} of the processor's time, encoding the rest."
    )
    speed = usual.seconds / median(turns[_OURS])
    report.aim(f"at least {_LEAST_SPEED:g} times real time", f"{speed:.2f} times", met=speed >= _LEAST_SPEED)
    _memory(report, (short, usual, long))


def _memory(report: Report, samples: tuple[_Sample, ...]) -> None:
    peaks: list[int] = []
    for sample in samples:
        progress(f"memory at {sample.seconds:.0f} s")
        peaks.append(draw(AUDIOGRAM, sample.request, sample.folder / "film.mp4").peak_bytes)
    rows = [(f"{one.seconds:.0f} s", f"{peak / _MIB:.0f}") for one, peak in zip(samples, peaks, strict=True)]
    report.table(("recording", "most memory, MiB"), rows)
    growth = max(peaks) / peaks[0]
    aim = f"the longest takes at most {_MOST_GROWTH:g} times the memory of the shortest"
    report.aim(aim, f"{growth:.2f} times", met=growth <= _MOST_GROWTH)


def _lengths(materials: Materials) -> tuple[float, float, float]:
    return (3.0, 6.0, 12.0) if materials.quick else (120.0, 600.0, 3600.0)


def _sample(materials: Materials, seconds: float) -> _Sample:
    folder = materials.folder / f"audiogram-{seconds:.0f}"
    folder.mkdir()
    source = materials.narration if materials.quick else materials.hour
    ffmpeg("-i", str(source), "-t", f"{seconds}", "-ac", "1", "-ar", "16000", str(folder / "sound.wav"))
    text = " ".join(islice(cycle(materials.text.split()), int(seconds * WORDS_A_SECOND)))
    words, (width, height) = told(text), _QUICK_SIZE if materials.quick else _SIZE
    timeline = Timeline(seconds, "en", words=words, has_voice=True)
    (folder / "captions.srt").write_text(srt_document(cues_of(timeline, "16:9")), encoding="utf-8")
    request = FilmRequest(
        prompt="A walk along the harbour", title="A walk along the harbour", width=width, height=height,
        frames_per_second=_RATE, duration_seconds=seconds, words=words, sound=folder / "sound.wav",
        captions=CaptionStyle(karaoke=True),
    )  # fmt: skip
    return _Sample(request, folder)


def _ours(sample: _Sample, drawn: list[Drawn]) -> float:
    drawn.append(draw(AUDIOGRAM, sample.request, sample.folder / "film.mp4"))
    return drawn[-1].seconds


def _peer(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - began


def _peer_command(sample: _Sample) -> list[str]:
    request = sample.request
    size, bars = f"{request.width}x{request.height}", f"{request.width}x{request.height // 3}"
    graph = (
        f"color=0x101820:s={size}:r={_RATE}[ground];[0:a]showwaves=s={bars}:mode=cline:r={_RATE}[bars];"
        f"[ground][bars]overlay=0:{request.height // 3}:shortest=1,subtitles=captions.srt[film]"
    )
    coding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p"]
    reading = ["-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-i", "sound.wav"]
    program = imageio_ffmpeg.get_ffmpeg_exe()
    return [program, *reading, "-filter_complex", graph, "-map", "[film]", "-an", *coding, "peer.mp4"]
