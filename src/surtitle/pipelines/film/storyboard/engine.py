"""The engine `storyboard` as the host builds it."""

from collections.abc import Sequence
from pathlib import Path

from surtitle.domain.films import FilmRequest
from surtitle.engines.protocols import EngineSetup, FilmControl


class StoryboardEngine:
    """Draws with Skia; where that cannot be loaded, plainer by libass."""

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup

    def generate(self, request: FilmRequest, output: Path, control: FilmControl) -> Sequence[str]:
        try:
            from surtitle.pipelines.film.storyboard.filming import film_storyboard  # noqa: PLC0415 - Skia
        except ImportError as error:
            from surtitle.pipelines.film.plain.filming import film_plainly  # noqa: PLC0415 - only without Skia

            return film_plainly(request, output, control, self._setup, missing=error)
        return film_storyboard(request, output, control, self._setup.threads)
