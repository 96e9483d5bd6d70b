"""Which model is for which engine, as the settings stand."""

from collections.abc import Iterator
from dataclasses import dataclass

from surtitle.config import Settings
from surtitle.engines.models.choice import AUTO, choose_model
from surtitle.engines.models.hardware import probe_hardware
from surtitle.engines.models.manifest import ModelSpec
from surtitle.engines.models.store import InstalledModel, ModelStore
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec


@dataclass(frozen=True, slots=True)
class Use:
    """An engine that works with a model. `is_set`: it does so where nobody asks for another one."""

    engine: str
    capability: Capability
    is_set: bool


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model that can be had or is here; `installed` is None where it is not, `spec` None for one of the
    user's own.
    """

    name: str
    size_bytes: int
    multilingual: bool
    licence: str
    installed: InstalledModel | None
    spec: ModelSpec | None
    uses: tuple[Use, ...]

    @property
    def is_needed(self) -> bool:
        """Whether the installation works with it where nobody asks for anything else."""
        return any(use.is_set for use in self.uses)


def known_models(settings: Settings, registry: EngineRegistry, store: ModelStore) -> list[KnownModel]:
    """All of them, the manifest's first. Looks at this machine's disk and hardware: call it in a thread."""
    here = {model.name: model for model in store.installed()}
    uses = _uses(settings, registry, store)
    known = [
        KnownModel(
            spec.name,
            spec.size_bytes,
            spec.multilingual,
            spec.licence,
            here.get(spec.name),
            spec,
            tuple(uses.get(spec.name, ())),
        )
        for spec in store.manifest.models
    ]
    own = [
        KnownModel(one.name, one.size_bytes, one.multilingual, "", one, None, tuple(uses.get(one.name, ())))
        for one in here.values()
        if not one.pinned
    ]
    return known + own


def _uses(settings: Settings, registry: EngineRegistry, store: ModelStore) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = {}
    for spec in registry.specs:
        is_set = spec.name == _set_for(settings).get(spec.capability)
        for name in _models_of(spec, settings, store):
            named = store.manifest.find(name)
            known = named.name if named else name
            found.setdefault(known, []).append(Use(spec.name, spec.capability, is_set))
    return found


def _set_for(settings: Settings) -> dict[Capability, str]:
    """Engines that the settings name; `auto` for one that depends on what is asked for."""
    return {
        Capability.TRANSCRIBER: settings.engines.transcriber,
        Capability.DIARIZER: settings.engines.diarizer,
        Capability.VOICE_ENCODER: settings.engines.voice_encoder,
        Capability.TEXT_EMBEDDER: settings.embeddings.engine,
        Capability.SYNTHESIZER: settings.speech.engine,
    }


def _models_of(spec: EngineSpec, settings: Settings, store: ModelStore) -> Iterator[str]:
    yield from spec.companions
    if not spec.needs_model:
        return
    if spec.capability is not Capability.TRANSCRIBER:
        yield spec.model
    elif settings.engines.model != AUTO:
        yield settings.engines.model
    else:
        yield choose_model(probe_hardware(), store.installed()).model
