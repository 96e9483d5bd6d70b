"""An audiogram from request to file."""

from collections.abc import Sequence
from pathlib import Path

from surtitle.domain.films import FilmRequest
from surtitle.engines.protocols import FilmControl
from surtitle.pipelines.film.audiogram.levels import SoundLevels
from surtitle.pipelines.film.audiogram.panel import Panel
from surtitle.pipelines.film.audiogram.plan import plan_for
from surtitle.pipelines.film.drawing.fonts import FontShelf
from surtitle.pipelines.film.drawing.loop import draw_film
from surtitle.pipelines.film.drawing.stage import Stage
from surtitle.pipelines.film.drawing.text import Typesetter
from surtitle.pipelines.film.drawing.wording import drawable
from surtitle.pipelines.film.storyboard.looks import looks_for


def film_audiogram(request: FilmRequest, output: Path, control: FilmControl, threads: int) -> Sequence[str]:
    shelf = FontShelf(request.brand.font, request.captions.font if request.captions else None)
    request, left_out = drawable(request, shelf)
    looks = looks_for(request.brand)
    stage, setter = Stage(request.width, request.height), Typesetter(shelf, request.language)
    with SoundLevels(request.sound, plan_for(stage).bars, request.frames_per_second) as levels:
        panel = Panel(request, stage, setter, looks.deep, levels)
        draw_film(panel, request, output, control, threads)
    return (*shelf.warnings, *left_out, *looks.warnings)
