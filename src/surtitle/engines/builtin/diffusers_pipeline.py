"""A pipeline of diffusers, loaded from a folder and placed where there is room."""

import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from surtitle.engines.builtin.pipeline_pictures import check_picture, needs_picture
from surtitle.engines.builtin.pipeline_placing import (
    Placement,
    has_room_for_single,
    placement_on_gpu,
    weights_of,
)
from surtitle.engines.builtin.video_families import FAMILIES, Family, family_of, version_of
from surtitle.engines.models.hardware import probe_hardware
from surtitle.engines.models.pipelines import pipeline_class
from surtitle.engines.protocols import EngineSetup
from surtitle.errors import Unavailable

log = logging.getLogger(__name__)

_PARTS = ("text_encoder", "image_encoder", "transformer", "transformer_2", "vae")


class PlacedPipeline:
    """The pipeline of a folder. `family` is what it belongs to, `pipe` diffusers' own object."""

    def __init__(self, setup: EngineSetup) -> None:
        import torch  # noqa: PLC0415 - the extra `diffusers`, child only

        assert setup.model_directory is not None
        self._torch = torch
        self._folder = setup.model_directory
        self._on_gpu = setup.device == "cuda"
        known = _known_family(self._folder)
        self._exact_vae = known.has_exact_vae
        self._class = known.pictured_pipeline if needs_picture(known, self._folder) else known.pipeline
        self._weights = weights_of(self._folder)
        if not self._on_gpu:
            torch.set_num_threads(setup.threads)
        self._placement = self._first_placement()
        self.pipe = self._loaded()
        self.family = _version(known, self.pipe)

    @property
    def most_pixels(self) -> int:
        return self.family.most_pixels if self._on_gpu else self.family.patient_pixels

    def turn_to(self, *, picture: bool) -> None:
        """Draw from a picture, or from words alone. Raises `Invalid` where the weights cannot."""
        check_picture(self._folder.name, self._folder, picture)
        wanted = self.family.pictured_pipeline if picture else self.family.pipeline
        if wanted != self._class:
            # Loaded again: diffusers' own `from_pipe` makes single precision of half.
            self._class = wanted
            self._reload()

    def tile_unless(self, decoding_bytes: int) -> None:
        """Decode in tiles, whose seams may just be seen, where the whole picture has no room."""
        if decoding_bytes * 2 > self._free_bytes():
            self.pipe.vae.enable_tiling()
        else:
            self.pipe.vae.disable_tiling()

    def lighten(self) -> bool:
        """Load it again so that less is on the GPU at a time; False where it is as light as can be."""
        if not self._on_gpu or self._placement is Placement.BY_LAYER:
            return False
        self._placement = Placement(self._placement + 1)
        log.warning("The GPU's memory ran out; %s is now kept %s.", self._folder.name, self._placement.name)
        self._reload()
        return True

    def _reload(self) -> None:
        self.pipe = None
        gc.collect()
        if self._on_gpu:
            self._torch.cuda.empty_cache()
        self.pipe = self._loaded()

    def is_out_of_memory(self, error: Exception) -> bool:
        return isinstance(error, self._torch.OutOfMemoryError)

    def noise(self, seed: int) -> Any:
        """Where the noise comes from: on the CPU, so that a seed is the same film on every device."""
        return self._torch.Generator("cpu").manual_seed(seed)

    @contextmanager
    def watched(self, check: Callable[[], None]) -> Iterator[None]:
        """Within, `check` is called before every layer, and may raise: a step takes minutes on a CPU."""
        hooks = [layer.register_forward_pre_hook(lambda *_: check()) for layer in self._layers()]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
            # A clip that was left in the middle leaves its models on the GPU.
            self.pipe.maybe_free_model_hooks()

    def _layers(self) -> Iterator[Any]:
        for name in _PARTS:
            for module in getattr(getattr(self.pipe, name, None), "modules", list)():
                if isinstance(module, self._torch.nn.ModuleList):
                    yield from module

    def _first_placement(self) -> Placement:
        if not self._on_gpu:
            return Placement.WHOLE
        # How large films will be is not known yet. Too low an estimate costs a second try.
        return placement_on_gpu(self._weights, self._free_bytes(), self._weights.largest // 5)

    def _free_bytes(self) -> int:
        if self._on_gpu:
            return int(self._torch.cuda.mem_get_info()[0])
        return min(psutil.virtual_memory().available, probe_hardware().memory_bytes)

    def _loaded(self) -> Any:
        pipe = _from_folder(self._folder, self._class, self._precisions())
        pipe.set_progress_bar_config(disable=True)
        if self._placement is Placement.BY_MODEL:
            pipe.enable_model_cpu_offload()
        elif self._placement is Placement.BY_LAYER:
            pipe.enable_sequential_cpu_offload()
        elif self._on_gpu:
            pipe.to("cuda")
        return pipe

    def _precisions(self) -> Any:
        torch = self._torch
        if not self._on_gpu and has_room_for_single(self._weights, self._free_bytes(), self._folder):
            return torch.float32
        if self._exact_vae:
            return {"default": torch.bfloat16, "vae": torch.float32}
        return torch.bfloat16


def _known_family(folder: Path) -> Family:
    name = pipeline_class(folder)
    family = family_of(name)
    if family is None:
        raise Unavailable(
            f"The model in {folder} is of the class {name[:60]}; this engine draws with "
            f"{', '.join(family.name for family in FAMILIES)}.",
            field="model",
        )
    return family


def _version(family: Family, pipe: Any) -> Family:
    config, packing = pipe.transformer.config, getattr(pipe, "vae_scale_factor_spatial", family.size_step)
    sides = (config.get("sample_width"), config.get("sample_height"))
    taught = (sides[0] * packing, sides[1] * packing) if all(sides) else None
    patch = config.get("patch_size_t") or 1
    return version_of(family, pixels_a_latent=packing, frames_a_patch=patch, taught=taught)


def _from_folder(folder: Path, pipeline: str, precisions: Any) -> Any:
    import diffusers  # noqa: PLC0415 - the extra `diffusers`, child only

    try:
        # Nothing is fetched, no pickle is read, and no code that comes with a model is run.
        return getattr(diffusers, pipeline).from_pretrained(
            folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=precisions
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unavailable(
            f"The video model in {folder} cannot be loaded ({type(error).__name__}). Is the folder complete? "
            "Copy it again, with model_index.json and all of its parts."
        ) from error
