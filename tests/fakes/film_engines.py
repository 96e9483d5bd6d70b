"""A video engine that keeps the protocol's contract and misbehaves on demand.

`FilmRequest.prompt` says how, by the words of the list in `PaintedFilm._act`. A file named by `FAKE_FILM_LOG`
hears a line of everything that costs something.
"""

import os
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from surtitle.domain.films import FilmRequest, FilmRules
from surtitle.engines.protocols import EngineCancelled, EngineOutOfMemory, EngineSetup, FilmControl
from surtitle.engines.registry import Capability, EngineSpec
from surtitle.errors import Busy, Invalid

RULES = FilmRules(from_prompt=True, from_sound=True, previews=True)
CLIP_RULES = FilmRules(
    from_prompt=True, size_step=32, frame_step=8, frame_offset=1, frames_per_second=(24,),
    longest_seconds=2.0, most_pixels=512 * 512,
)  # fmt: skip

PAINTED = EngineSpec(
    name="painted",
    capability=Capability.VIDEO_ENGINE,
    factory="film_engines:PaintedFilm",
    summary="one colour that changes",
    film_rules="film_engines:RULES",
)
CLIP = EngineSpec(
    name="clip",
    capability=Capability.VIDEO_ENGINE,
    factory="film_engines:PaintedFilm",
    summary="short clips of odd sizes",
    film_rules="film_engines:CLIP_RULES",
)


class PaintedFilm:
    """One colour a frame, by the time and the seed."""

    def __init__(self, setup: EngineSetup) -> None:
        self.setup = setup

    def generate(self, request: FilmRequest, output: Path, control: FilmControl) -> Sequence[str]:
        self._act(request, control)
        part = output.with_suffix(".part.mp4")
        try:
            self._paint(request, part, control)
        except EngineCancelled:
            part.unlink(missing_ok=True)
            _log("cleaned up")
            raise
        part.replace(output)
        _log(f"painted {request.frame_count} frames of {request.width}x{request.height}")
        return ("Painted, not drawn.",) if "warns" in request.prompt else ()

    def _paint(self, request: FilmRequest, part: Path, control: FilmControl) -> None:
        with av.open(part, "w") as film:
            stream = film.add_stream(
                "libx264", rate=Fraction(request.frames_per_second), options={"crf": "40"}
            )
            stream.width, stream.height, stream.pix_fmt = request.width, request.height, "yuv420p"
            count = request.frame_count
            for number in range(count):
                if "looks away" not in request.prompt and control.is_cancelled():
                    raise EngineCancelled("The film is not wanted any more.")
                colour = (number * 255 // count, request.seed % 256, 96)
                picture = np.full((request.height, request.width, 3), colour, dtype=np.uint8)
                film.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                control.progress((number + 1) / count, frames_per_second=120.0)
            film.mux(stream.encode())

    def _act(self, request: FilmRequest, control: FilmControl) -> None:
        prompt = request.prompt
        if "pays" in prompt:
            self._pay(prompt, control)
        if "refuses" in prompt:
            raise Invalid("This cannot be drawn.", field="prompt")
        if "busy" in prompt:
            raise Busy("The brushes are taken.")
        if "too big" in prompt and self.setup.device != "cpu":
            raise EngineOutOfMemory("no room for the canvas")
        if "looks away" in prompt:
            control.progress(0.5)
            time.sleep(0.3)
        if "waits" in prompt:
            while not control.is_cancelled():
                control.progress(0.5)
                time.sleep(0.02)
            _log("told to stop")
            raise EngineCancelled("The film is not wanted any more.")

    def _pay(self, prompt: str, control: FilmControl) -> None:
        """As a cloud engine: what was begun once is never begun again."""
        if control.checkpoint is None:
            _log("paid")
            control.save({"request_id": "r-1"})
        else:
            _log(f"went on with {control.checkpoint['request_id']}")
        if "dies" in prompt and not Path(os.environ["FAKE_FILM_LOG"]).with_suffix(".died").exists():
            Path(os.environ["FAKE_FILM_LOG"]).with_suffix(".died").touch()
            os._exit(7)


def _log(line: str) -> None:
    if place := os.environ.get("FAKE_FILM_LOG"):
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
