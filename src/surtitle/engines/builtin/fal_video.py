"""The engine `fal`: clips made by the video models of fal.ai, asked for once and paid for once."""

import base64
from collections.abc import Sequence
from pathlib import Path

from surtitle.domain.films import FilmRequest
from surtitle.engines.builtin.clips import Clip, clips_of
from surtitle.engines.builtin.fal_models import (
    asked_for,
    begins_every_clip,
    check_picture,
    fal_model,
    picture_size,
)
from surtitle.engines.builtin.fal_queue import FalQueue, Made
from surtitle.engines.builtin.fal_work import FalWork, Pace
from surtitle.engines.builtin.film_encoding import ffmpeg_program, join_clips
from surtitle.engines.builtin.public_download import DownloadLimits, download
from surtitle.engines.builtin.starting_picture import fitted_jpeg
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
        check_picture(model, None, bool(request.pictures))
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
        picture = self._picture(work.model, request)
        try:
            # All are asked for before any is waited for: fal makes them side by side.
            for number, clip in enumerate(clips):
                begins = number == 0 or begins_every_clip(work.model)
                work.ask(number, asked_for(work.model, clip, request, picture if begins else None))
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

    def _picture(self, model: str, request: FilmRequest) -> str | None:
        """The picture to begin with, to be sent along. https://fal.ai/docs (file inputs: data URIs)"""
        if not request.pictures:
            return None
        size = picture_size(model, request)
        jpeg = fitted_jpeg(ffmpeg_program(self._setup.ffmpeg), request.pictures[0], size)
        return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"

    def _download(self, work: FalWork, number: int, made: Made, file: Path) -> None:
        """At once: addresses of results are good for a while only."""
        try:
            download(made.url, file, self._limits, work.stop_if_cancelled)
        except FileGone:
            raise work.gone(number) from None


def _clip_file(output: Path, number: int) -> Path:
    return output.with_name(f"{output.stem}.clip-{number}")
