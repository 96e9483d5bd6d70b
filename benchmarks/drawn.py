"""Films drawn by an engine in a process of its own: how long it took, what it held, which frames came out."""

import hashlib
import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av

from surtitle.domain.films import FilmRequest
from surtitle.engines.models import probe_hardware
from surtitle.pipelines.film.audiogram.filming import film_audiogram
from surtitle.pipelines.film.storyboard.filming import film_storyboard

STORYBOARD, AUDIOGRAM = "storyboard", "audiogram"
_KIB = 1024
_ENGINES: dict[str, Callable[..., Any]] = {STORYBOARD: film_storyboard, AUDIOGRAM: film_audiogram}


@dataclass(frozen=True, slots=True)
class Drawn:
    """`drawing_seconds` are the processor's in the thread that draws, `encoding_seconds` in all others.

    `frames` is the SHA-256 of all pixels in order, where that was asked for; `process_id` drew it.
    """

    seconds: float
    drawing_seconds: float
    encoding_seconds: float
    peak_bytes: int
    frames: str | None
    process_id: int


def draw(engine: str, request: FilmRequest, output: Path, *, hashed: bool = False) -> Drawn:
    """In a new process, which imports everything before the clock starts."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_draw, engine, request, output, hashed).result()


def _draw(engine: str, request: FilmRequest, output: Path, hashed: bool) -> Drawn:
    began, processor, thread = time.perf_counter(), time.process_time(), time.thread_time()
    _ENGINES[engine](request, output, _Unheard(), probe_hardware(0).cpu_cores)
    seconds, drawing = time.perf_counter() - began, time.thread_time() - thread
    encoding = time.process_time() - processor - drawing
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
    frames = _frames_of(output) if hashed else None
    return Drawn(seconds, drawing, encoding, peak, frames, os.getpid())


def _frames_of(film: Path) -> str:
    digest = hashlib.sha256()
    with av.open(film) as opened:
        for frame in opened.decode(video=0):
            digest.update(frame.to_ndarray().tobytes())
    return digest.hexdigest()


class _Unheard:
    """A `FilmControl` that nobody listens to."""

    checkpoint: Mapping[str, Any] | None = None

    def progress(self, fraction: float, *, frames_per_second: float | None = None) -> None:
        return

    def is_cancelled(self) -> bool:
        return False

    def save(self, checkpoint: Mapping[str, Any]) -> None:
        return
