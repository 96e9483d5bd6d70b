"""The engine `diffusers`: clips drawn by LTX-Video, Wan or CogVideoX on this machine."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surtitle.domain.films import FilmRequest
from surtitle.engines.builtin.clips import Clip, clips_of
from surtitle.engines.builtin.diffusers_pipeline import PlacedPipeline
from surtitle.engines.builtin.film_encoding import FrameWriter, ffmpeg_program
from surtitle.engines.builtin.pipeline_placing import decoding_bytes
from surtitle.engines.builtin.starting_picture import fitted_pixels
from surtitle.engines.builtin.video_families import Family, drawn_size
from surtitle.engines.errors import EngineFailed
from surtitle.engines.protocols import (
    EngineCancelled,
    EngineOutOfMemory,
    EngineSetup,
    FilmControl,
    Sampling,
)
from surtitle.errors import Invalid

# Decoding follows the last step and is told by nobody.
_STEPS_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class _Drawing:
    """One clip under way: how large, how long, which share of the film it is, and the frame that it begins
    with (uint8 RGB), if any.
    """

    clip: Clip
    size: tuple[int, int]
    frames: int
    share: tuple[float, float]
    picture: NDArray[np.uint8] | None = None


class DiffusersVideo:
    """A `VideoEngine`. Built as `VideoEngine(setup)`; `setup.model_directory` is what save_pretrained wrote.

    The same request and seed give the same film on one machine; another device rounds differently.
    """

    def __init__(self, setup: EngineSetup) -> None:
        self._setup = setup
        self._placed = PlacedPipeline(setup)

    def generate(self, request: FilmRequest, output: Path, control: FilmControl) -> Sequence[str]:
        if request.model not in {None, self._setup.model}:
            raise Invalid(f"This engine was set up with {self._setup.model}.", field="model")
        self._placed.turn_to(picture=bool(request.pictures))
        family = self._family
        size = self._size(request, family)
        program = ffmpeg_program(self._setup.ffmpeg)
        picture = fitted_pixels(program, request.pictures[0], size) if request.pictures else None
        clips = clips_of(request, family.longest_seconds)
        with FrameWriter(program, request, output, size, family.rate) as film:
            for number, clip in enumerate(clips):
                share = (number / len(clips), (number + 1) / len(clips))
                drawing = _Drawing(clip, size, family.frames_for(clip.seconds), share, picture)
                frames = self._drawn(drawing, request, control)[: round(clip.seconds * family.rate) or 1]
                for frame in frames:
                    film.write(frame)
                # A film that begins with a picture goes on from there, clip by clip.
                picture = frames[-1] if picture is not None else None
        control.progress(1.0)
        return _told(request, size, len(clips))

    @property
    def _family(self) -> Family:
        return self._placed.family

    def _size(self, request: FilmRequest, family: Family) -> tuple[int, int]:
        return drawn_size(request, family, self._placed.most_pixels)

    def _drawn(self, drawing: _Drawing, request: FilmRequest, control: FilmControl) -> NDArray[np.uint8]:
        while True:
            try:
                return self._attempt(drawing, request, control)
            except Exception as error:
                if not self._placed.is_out_of_memory(error):
                    raise
                if not self._placed.lighten():
                    raise EngineOutOfMemory(f"{self._setup.model} has no room for this clip") from None

    def _attempt(self, drawing: _Drawing, request: FilmRequest, control: FilmControl) -> NDArray[np.uint8]:
        began = time.monotonic()
        family, steps, guidance = self._family, *_stepping(self._setup.sampling, self._family)
        width, height = drawing.size

        def on_step(_pipe: object, step: int, _time: object, tensors: dict[str, Any]) -> dict[str, Any]:
            done = _STEPS_SHARE * (step + 1) / steps
            rate = drawing.frames * done / max(1e-6, time.monotonic() - began)
            first, last = drawing.share
            control.progress(first + done * (last - first), frames_per_second=rate)
            return tensors

        self._placed.tile_unless(decoding_bytes(width, height, drawing.frames))
        with self._placed.watched(lambda: _stop_if(control)):
            made = self._placed.pipe(
                prompt=drawing.clip.prompt,
                negative_prompt=request.negative_prompt or None,
                width=width,
                height=height,
                num_frames=drawing.frames,
                num_inference_steps=steps,
                guidance_scale=guidance,
                generator=self._placed.noise(drawing.clip.seed),
                max_sequence_length=family.prompt_tokens,
                callback_on_step_end=on_step,
                output_type="np",
                **_beginning(drawing.picture),
                **family.extras,
            )
        return _pictures(made.frames[0], self._setup.model)


def _stepping(told: Sampling, family: Family) -> tuple[int, float]:
    return told.steps or family.steps, family.guidance if told.guidance is None else told.guidance


def _beginning(picture: NDArray[np.uint8] | None) -> dict[str, Any]:
    if picture is None:
        return {}
    from PIL import Image  # noqa: PLC0415 - comes with the extra `diffusers`, child only

    return {"image": Image.fromarray(picture)}


def _stop_if(control: FilmControl) -> None:
    if control.is_cancelled():
        raise EngineCancelled("The film is not wanted any more.")


def _pictures(frames: NDArray[np.float32], model: str) -> NDArray[np.uint8]:
    """0..1 as 0..255, shape `(frames, height, width, 3)`."""
    if not np.isfinite(frames).all():
        raise EngineFailed(f"{model} drew no picture: its numbers overflowed. Try another seed or size.")
    return np.rint(np.clip(frames, 0, 1) * 255).astype(np.uint8)


def _told(request: FilmRequest, size: tuple[int, int], clips: int) -> tuple[str, ...]:
    told: list[str] = []
    if size[0] * size[1] < request.width * request.height / 1.5:
        told.append(
            f"The model draws {size[0]}x{size[1]}; the film was enlarged to {request.width}x{request.height}."
        )
    if clips > 1:
        told.append(f"The film is longer than the model's clips, so it was drawn as {clips} clips.")
    return tuple(told)
