"""The engine `fal`: clips made by the video models of fal.ai, asked for once and paid for once."""

from collections.abc import Sequence
from pathlib import Path

from surtitle.domain.films import FilmRequest
from surtitle.engines.builtin.clips import Clip, clips_of
from surtitle.engines.builtin.fal_models import arguments_for, fal_model
from surtitle.engines.builtin.fal_queue import FalQueue, Made
from surtitle.engines.builtin.fal_work import FalWork, Pace
from surtitle.engines.builtin.film_encoding import ffmpeg_program, join_clips
from surtitle.engines.builtin.public_download import DownloadLimits, download
from surtitle.engines.protocols import EngineCancelled, EngineSetup, FilmControl
from surtitle.engines.video_errors import FileGone
from surtitle.errors import Invalid, SurtitleError

# A clip of ten seconds at 1080p is 30 MB.
_MOST_BYTES = 1024**3
_MOST_DOWNLOAD_SECONDS = 900.0


class FalVideo:
    """A `VideoEngine`. Built as `VideoEngine(setup)`; `setup.endpoint` says where, and with which key."""

    def __init__(self, setup: EngineSetup, pace: Pace | None = None) -> None:
        assert setup.endpoint is not None
        self._setup = setup
        self._queue = FalQueue(setup.endpoint)
        self._timeout_seconds = setup.endpoint.timeout_seconds
        self._limits = DownloadLimits(_MOST_BYTES, _MOST_DOWNLOAD_SECONDS, self._queue.origin)
        self._pace = pace or Pace()

    def generate(self, request: FilmRequest, output: Path, control: FilmControl) -> Sequence[str]:
        model = self._setup.model
        if request.model not in {None, model}:
            # What may be asked for, and paid, was settled with the setup.
            raise Invalid(f"This engine was set up for {model}, not for another model.", field="model")
        work = FalWork(self._queue, self._pace, self._timeout_seconds, control, model)
        clips = clips_of(request, fal_model(model).longest_seconds)
        try:
            files = self._fetched(work, clips, request, output)
            pairs = [(file, clip.seconds) for file, clip in zip(files, clips, strict=True)]
            join_clips(ffmpeg_program(self._setup.ffmpeg), pairs, request, output)
        finally:
            for number in range(len(clips)):
                _clip_file(output, number).unlink(missing_ok=True)
        control.progress(1.0)
        return work.account(len(clips))

    def _fetched(
        self, work: FalWork, clips: Sequence[Clip], request: FilmRequest, output: Path
    ) -> list[Path]:
        files = [_clip_file(output, number) for number in range(len(clips))]
        asked = [arguments_for(work.model, clip, request) for clip in clips]
        try:
            # All are asked for before any is waited for: fal makes them side by side.
            for number, arguments in enumerate(asked):
                work.ask(number, arguments)
            for number, file in enumerate(files):
                made = work.wait(number, share=(number / len(files), (number + 1) / len(files)))
                self._download(work, number, made, file)
        except EngineCancelled:
            work.call_off()
            raise
        except SurtitleError as error:
            if not error.passing:
                # The film will not be: what is still being made for it would be paid for nothing.
                work.call_off()
            raise
        return files

    def _download(self, work: FalWork, number: int, made: Made, file: Path) -> None:
        """At once: addresses of results are good for a while only."""
        try:
            download(made.url, file, self._limits, work.stop_if_cancelled)
        except FileGone:
            raise work.gone(number) from None


def _clip_file(output: Path, number: int) -> Path:
    return output.with_name(f"{output.stem}.clip-{number}")
