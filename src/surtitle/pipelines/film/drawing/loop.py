"""From the first frame to the last: draw, hand on, tell how far it is, stop when asked."""

import time
from pathlib import Path
from typing import Protocol

from surtitle.domain.films import FilmRequest
from surtitle.engines.protocols import EngineCancelled, FilmControl
from surtitle.pipelines.film.drawing.canvas import Sheet
from surtitle.pipelines.film.drawing.film_file import film_file

_TELL_EVERY_SECONDS = 0.5
_ASK_EVERY_FRAMES = 5


class MovingPicture(Protocol):
    """Something that can be drawn at any moment, in the order of time."""

    def draw(self, sheet: Sheet, frame: int) -> None:
        """All of the picture at `frame`, over whatever the sheet shows."""
        ...


def draw_film(
    picture: MovingPicture, request: FilmRequest, output: Path, control: FilmControl, threads: int
) -> None:
    """Raises `EngineCancelled` and `StorageFull`; then nothing is left at `output`."""
    began = told = time.monotonic()
    with film_file(output, request.width, request.height, request.frames_per_second, threads) as film:
        for frame in range(request.frame_count):
            if frame % _ASK_EVERY_FRAMES == 0 and control.is_cancelled():
                raise EngineCancelled
            sheet = film.blank()
            picture.draw(sheet, frame)
            film.take(sheet)
            now = time.monotonic()
            if now - told >= _TELL_EVERY_SECONDS:
                told = now
                control.progress(frame / request.frame_count, frames_per_second=(frame + 1) / (now - began))
    control.progress(1.0)
