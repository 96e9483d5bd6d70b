"""Which engine does a work that is not transcription, with everything that it needs.

setup = await asyncio.to_thread(chooser.setup_for, Capability.DIARIZER, options.engine)
turns = await host.diarize(setup, sound_path, options, on_progress)
"""

import pkgutil
from contextlib import suppress
from pathlib import Path

from surtitle.config import Settings
from surtitle.engines.models.choice import settle_device
from surtitle.engines.models.hardware import Hardware
from surtitle.engines.models.pipelines import PipelineFolders
from surtitle.engines.models.store import ModelStore
from surtitle.engines.protocols import Endpoint, EngineSetup, Sampling
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec
from surtitle.engines.video_errors import FalHasNoKey
from surtitle.errors import Invalid, SurtitleError, Unavailable

_FAL = "fal"


class EngineChooser:
    """Settles engine, models and device. `check` is quick and refuses; `setup_for` may fetch models."""

    def __init__(
        self, settings: Settings, registry: EngineRegistry, models: ModelStore, hardware: Hardware
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._models = models
        self._hardware = hardware

    def spec_for(self, capability: Capability, engine: str | None = None) -> EngineSpec:
        """The engine of that name; without one, the installation's. Raises `Invalid` for an unknown one."""
        defaults = {
            Capability.DIARIZER: self._settings.engines.diarizer,
            Capability.VOICE_ENCODER: self._settings.engines.voice_encoder,
            Capability.TEXT_EMBEDDER: self._settings.embeddings.engine,
        }
        return self._registry.named(engine or defaults[capability], capability)

    def check(self, capability: Capability, engine: str | None = None, model: str | None = None) -> None:
        """Refuse an engine or a model that nobody may ask for (`Invalid`), or one that has no server to ask
        (`Unavailable`). Weights may be elsewhere, where the work is done.
        """
        spec = self.spec_for(capability, engine)
        self._endpoint(spec)
        self._model(spec, model)

    def is_set_up(self, capability: Capability, engine: str) -> bool:
        """Whether the engine has what the operator must give it: a server, a key, weights by their name."""
        spec = self.spec_for(capability, engine)
        if spec.needs_pipeline and self._settings.diffusers.model is None:
            return False
        try:
            self._endpoint(spec)
        except Unavailable:
            return False
        return True

    def check_picture(self, engine: str, model: str | None, *, has_picture: bool) -> None:
        """Refuse a picture where the model of a video engine cannot begin with one, and a film without one
        where it has to (`Invalid`). Raises what `check` raises.
        """
        spec = self.spec_for(Capability.VIDEO_ENGINE, engine)
        if spec.picture_check is None:
            return
        folder = None
        if spec.needs_pipeline:
            # The weights may be on the workers alone; there the engine looks again.
            with suppress(SurtitleError):
                folder = self._directory(spec, model)
        named = folder.name if folder is not None else self._model(spec, model)
        pkgutil.resolve_name(spec.picture_check)(named, folder, has_picture)

    def setup_for(
        self, capability: Capability, engine: str | None = None, model: str | None = None
    ) -> EngineSetup:
        """How the engine is to be built. Fetches models that are not here, so call it in a thread.

        `model` is what a person asked for of an engine that knows several, None for the installation's.
        Raises `Invalid` for an unknown engine or model and `Unavailable` when something that it needs cannot
        be had.
        """
        spec = self.spec_for(capability, engine)
        endpoint = self._endpoint(spec)
        directory = self._directory(spec, model)
        return EngineSetup(
            engine=spec.name,
            model=directory.name if directory and spec.needs_pipeline else self._model(spec, model),
            model_directory=directory,
            device=settle_device(self._hardware, self._settings.engines.device) if spec.uses_gpu else "cpu",
            compute_type="float32",
            threads=self._settings.engines.threads or self._hardware.cpu_cores,
            companions=tuple(self._models.pull(name) for name in spec.companions),
            endpoint=endpoint,
            sampling=Sampling(self._settings.diffusers.steps, self._settings.diffusers.guidance),
            ffmpeg=self._settings.rendering.ffmpeg,
        )

    def endpoint_of(self, capability: Capability, engine: str) -> Endpoint | None:
        """The server that computes for an engine, None where there is none. Raises as `check` does."""
        return self._endpoint(self.spec_for(capability, engine))

    def for_slots(self, slots: int) -> "EngineChooser":
        """The same for one of so many slots that share the machine's cores and memory."""
        hardware = self._hardware.shared_by(slots)
        return EngineChooser(self._settings, self._registry, self._models, hardware)

    def _directory(self, spec: EngineSpec, model: str | None) -> Path | None:
        if spec.needs_pipeline:
            folders = PipelineFolders(self._settings.models.folder, self._settings.models_directory)
            return folders.path(model or self._settings.diffusers.model)
        return self._models.pull(spec.model) if spec.needs_model else None

    def _model(self, spec: EngineSpec, model: str | None = None) -> str:
        named = {
            Capability.DIARIZER: self._settings.engines.diarization_model,
            Capability.TEXT_EMBEDDER: self._settings.embeddings.model,
            Capability.VIDEO_ENGINE: self._fal_model(model) if spec.name == _FAL else None,
        }
        return (named.get(spec.capability) if spec.any_model else None) or spec.model

    def _fal_model(self, model: str | None) -> str:
        """Raises `Invalid` for one that the operator did not allow: they differ much in what they cost."""
        fal = self._settings.fal
        allowed = tuple(dict.fromkeys((fal.model, *fal.models)))
        if model is not None and model not in allowed:
            raise Invalid(
                f"The model {model[:80]!r} of fal is not allowed here; choose one of: {', '.join(allowed)}.",
                field="model",
            )
        return model or fal.model

    def _endpoint(self, spec: EngineSpec) -> Endpoint | None:
        if not spec.needs_endpoint:
            return None
        if spec.name == _FAL:
            return self._fal()
        told = self._settings.embeddings
        if told.url is None:
            raise Unavailable(
                f"The engine {spec.name!r} asks a server, and none is named: set SURTITLE_EMBEDDINGS__URL, "
                "for example to http://127.0.0.1:11434/v1."
            )
        key = told.api_key.get_secret_value() if told.api_key else None
        return Endpoint(told.url, key or None, told.timeout_seconds)

    def _fal(self) -> Endpoint:
        told = self._settings.fal
        if told.api_key is None:
            raise FalHasNoKey
        return Endpoint(told.url, told.api_key.get_secret_value(), told.timeout_seconds)
