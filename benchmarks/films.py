"""A prompt of 60 words to a narrated, captioned film at 1080p, and where its time goes.

The whole way through a `surtitle serve` that has made a film before: script, voice, drawing, encoding,
captions, loudness. Then the drawing by itself, side by side with the same pictures drawn with nothing kept
from frame to frame: letters laid out and backdrops painted anew each time, as a first version would. The
sides take turns. Last, whether the same request and seed give the same frames in another process.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median

import httpx
import numpy as np
from tests.drawn_films import SCENES, request_for, write_sound
from tests.server import Server

from benchmarks.drawn import AUDIOGRAM, STORYBOARD, draw
from benchmarks.materials import Materials, seconds_of
from benchmarks.product import wait_for_end
from benchmarks.report import Report, progress
from benchmarks.timing import in_turns
from surtitle.domain.films import FilmRequest
from surtitle.pipelines.film.drawing.canvas import Sheet
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.storyboard.board import Board
from surtitle.pipelines.film.storyboard.looks import looks_for

PROMPT = (
    "The harbour wakes before the sun does. Forty boats leave before five, and most are back by noon. "
    "In 2024 they landed 12,500 tonnes of fish. The crews need three things: ice, diesel and a dry "
    'coat. "The sea owes us nothing," says Maren, who has fished here for thirty years. Tomorrow they '
    "go out again, whatever the wind says."
)
_MOST_OF_LENGTH = 1.0
_LENGTHS = {"resolution": "1080p", "captions": "burned"}
_QUICK = {"resolution": "360p", "fps": 8, "captions": "burned"}
_EVERY_FRAME = 30
_RATE_HZ = 16_000
_CACHED, _NAIVE = "as it is", "nothing kept"


def run(report: Report, materials: Materials) -> None:
    _whole_films(report, materials)
    _drawing(report, materials)
    _repeats(report, materials)


def _whole_films(report: Report, materials: Materials) -> None:
    options = _QUICK if materials.quick else _LENGTHS
    shares: list[dict[str, float]] = []
    with Server(materials.folder / "films") as server:
        progress("a first film")
        _film(server, "Good morning.", {**options, "resolution": "360p"})
        for turn in range(1 if materials.quick else 2 * materials.pairs):
            progress(f"film {turn + 1}")
            shares.append(_film(server, PROMPT, options))
    named = {name: median(one[name] for one in shares) for name in shares[0]}
    length, total = named.pop("length"), named.pop("total")
    report.say(f"{len(PROMPT.split())} words, a film of {length:.1f} s at {options['resolution']}.")
    rows = [(name, f"{seconds:.2f}", f"{seconds / total:.0%}") for name, seconds in named.items()]
    report.table(("step", "seconds (median)", "share"), [*rows, ("in all", f"{total:.2f}", "100%")])
    found = f"{total / length:.2f} times ({min(s['total'] / s['length'] for s in shares):.2f} at best)"
    report.aim("at most the film's length", found, met=total / length <= _MOST_OF_LENGTH)


def _film(server: Server, prompt: str, options: Mapping[str, object]) -> dict[str, float]:
    """Seconds of each step, of all of it as a client waits for it, and of the film."""
    began = time.perf_counter()
    job_id = server.begin(recipe="film", prompt=prompt, options={**options, "seed": 1})
    total = wait_for_end(server, job_id) - began
    steps = {step["name"]: step["seconds"] for step in server.job(job_id)["steps"]}
    film = server.data_dir / f"{job_id}.mp4"
    film.write_bytes(
        httpx.get(f"{server.url}/api/jobs/{job_id}/result", timeout=60).raise_for_status().content
    )
    waiting = max(0.0, total - sum(steps.values()))
    return {**steps, "queue and events": waiting, "total": total, "length": seconds_of(film)}


def _drawing(report: Report, materials: Materials) -> None:
    request = _request(materials)
    one = draw(STORYBOARD, request, materials.folder / "drawn.mp4")
    both = one.drawing_seconds + one.encoding_seconds
    report.say(
        f"Drawing takes {one.drawing_seconds / both:.0%} of the processor's time and encoding the rest: "
        f"{request.frame_count} frames of {request.width}x{request.height} in {one.seconds:.1f} s, "
        f"{request.duration_seconds / one.seconds:.2f} times real time."
    )
    frames = range(0, request.frame_count, _EVERY_FRAME)
    turns = in_turns(
        {_CACHED: lambda: _cached(request), _NAIVE: lambda: _naive(request, frames)}, pairs=materials.pairs
    )
    rows = [(side, f"{median(seconds) * 1000:.1f}") for side, seconds in turns.items()]
    report.table(("drawing a frame", "ms (median)"), rows)
    report.say(
        f"Kept backdrops and letters: {median(turns[_NAIVE]) / median(turns[_CACHED]):.1f} times faster."
    )


def _request(materials: Materials) -> FilmRequest:
    if materials.quick:
        return request_for(SCENES, each_seconds=0.6)
    return request_for(SCENES, each_seconds=4.0, width=1920, height=1080, frames_per_second=30)


def _board(request: FilmRequest) -> Board:
    stage, setter = Stage(request.width, request.height), Typesetter(FontShelf(), request.language)
    return Board(request, stage, setter, looks_for(request.brand))


def _cached(request: FilmRequest) -> float:
    """Seconds a frame, of all frames in order."""
    board, sheet = _board(request), Sheet(request.width, request.height)
    began = time.perf_counter()
    for frame in range(request.frame_count):
        board.draw(sheet, frame)
    return (time.perf_counter() - began) / request.frame_count


def _naive(request: FilmRequest, frames: range) -> float:
    """Seconds a frame, of some of them."""
    began = time.perf_counter()
    for frame in frames:
        _board(request).draw(Sheet(request.width, request.height), frame)
    return (time.perf_counter() - began) / len(frames)


def _repeats(report: Report, materials: Materials) -> None:
    request = replace(_request(materials), seed=7)
    sound = materials.folder / "repeated.wav"
    _write_tone(sound, request.duration_seconds)
    rows, same = [], True
    for engine, asked in ((STORYBOARD, request), (AUDIOGRAM, replace(request, sound=sound, shots=()))):
        films = [
            draw(engine, asked, materials.folder / f"{engine}-{turn}.mp4", hashed=True) for turn in range(2)
        ]
        assert films[0].process_id != films[1].process_id
        equal = films[0].frames == films[1].frames
        same = same and equal
        rows.append(
            (engine, str(films[0].frames)[:16], str(films[1].frames)[:16], "the same" if equal else "another")
        )
    report.table(("engine", "frames, one process", "frames, another", ""), rows)
    report.aim("the same frames for the same request and seed", "yes" if same else "no", met=same)


def _write_tone(path: Path, seconds: float) -> None:
    times = np.arange(round(seconds * _RATE_HZ)) / _RATE_HZ
    write_sound(path, np.sin(2 * np.pi * 220 * times) * np.abs(np.sin(times)) * 0.5, _RATE_HZ)
