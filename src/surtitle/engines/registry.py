"""Which engines are installed, told without importing any of them.

An engine announces itself by an entry point in group `surtitle.engines` that loads an `EngineSpec`.
The built-in engines do the same. How to write one: docs/develop/engines.md.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points

from surtitle.domain.options import ComputeType
from surtitle.errors import Invalid, Unavailable

GROUP = "surtitle.engines"
PLUGIN = "plugin"

log = logging.getLogger(__name__)


class Capability(StrEnum):
    """What an engine can do; the protocol that its class satisfies."""

    TRANSCRIBER = "transcriber"
    SYNTHESIZER = "synthesizer"
    DIARIZER = "diarizer"
    VOICE_ENCODER = "voice-encoder"
    TEXT_EMBEDDER = "text-embedder"
    VIDEO_ENGINE = "video-engine"


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """An engine as its entry point announces it. Must cost nothing to import.

    `factory` is "package.module:Class", imported only in the engine host's child and called with an
    `EngineSetup`. With `wrapper`, "package.module:callable", the child calls `wrapper(Class, setup)`
    instead. `model` is what `EngineSetup.model` says when the engine knows only one, empty when the
    model store is asked (`needs_model`). `compute_types` are those that the engine understands,
    `extra` the extra of Surtitle that brings its libraries. `divisible`: its class keeps
    `DivisibleTranscriber`, so that many workers can share one recording. `companions` are further models of
    the store that it cannot do without. `any_model`: the settings may name another than `model`, by a name
    that the engine's own library knows. `uses_gpu`: it computes on a GPU where there is one.
    `needs_endpoint`: a server computes for it. `hears_channels`: a diarizer that can take each channel for
    one speaker. `film_rules`, "package.module:RULES", say what a video engine can draw. `needs_pipeline`:
    `EngineSetup.model_directory` is a folder of the user's own, as diffusers' `save_pretrained` writes it.
    `picture_check`, "package.module:callable", is called with a video engine's model, the folder of its
    weights where they are on this machine, and whether the film begins with a picture; it raises `Invalid`
    where the model cannot.
    `call_off`, "package.module:callable", is the `protocols.CallOff` of an engine that begins something on a
    server.
    `voices`, "package.module:VOICES", are a synthesizer's `engines.voices.VoiceEntry`s, the first of each
    language its default.
    """

    name: str
    capability: Capability
    factory: str
    summary: str = ""
    needs_model: bool = False
    model: str = ""
    compute_types: tuple[ComputeType, ...] = ()
    extra: str | None = None
    wrapper: str | None = None
    divisible: bool = False
    companions: tuple[str, ...] = ()
    any_model: bool = False
    uses_gpu: bool = False
    needs_endpoint: bool = False
    film_rules: str | None = None
    needs_pipeline: bool = False
    voices: str | None = None
    hears_channels: bool = False
    call_off: str | None = None
    picture_check: str | None = None

    @property
    def takes_gpu(self) -> bool:
        """Whether a worker's slot holds a GPU, where there is one, for a job that is placed by it."""
        return self.needs_model or self.uses_gpu


def plugin_spec(class_path: str) -> EngineSpec:
    """A class with `transcribe(audio_path)`, named by its path in the settings, as an engine.

    `class_path` is "package.module:Class" or "package.module.Class". Raises `Invalid` for neither.
    """
    module, _, name = class_path.partition(":") if ":" in class_path else class_path.rpartition(".")
    if not all(part.isidentifier() for part in (*module.split("."), name)):
        raise Invalid(
            f"SURTITLE_ENGINES__PLUGIN is {class_path[:120]!r}; "
            "write the class as 'package.module:Class', for example 'mycompany.speech:Recognizer'.",
            field="engines.plugin",
        )
    return EngineSpec(
        name=PLUGIN,
        capability=Capability.TRANSCRIBER,
        factory=f"{module}:{name}",
        summary=f"{class_path}, named by the setting engines.plugin",
        model=class_path,
        wrapper="surtitle.engines.plugin_adapter:PluginTranscriber",
    )


class EngineRegistry:
    """The engines of this installation. `plugin` is the setting `engines.plugin`."""

    def __init__(self, plugin: str | None = None) -> None:
        self._plugin = plugin

    @property
    def specs(self) -> tuple[EngineSpec, ...]:
        """Every engine that can be chosen, by name."""
        return tuple(spec for _, spec in sorted(self._found.items()) if isinstance(spec, EngineSpec))

    @property
    def broken(self) -> dict[str, str]:
        """Engines that announce themselves and cannot be loaded, with the reason."""
        return {name: spec for name, spec in self._found.items() if isinstance(spec, str)}

    def named(self, name: str, capability: Capability | None = None) -> EngineSpec:
        """The engine called `name`, of the given capability or any.

        Raises `Invalid` for one that does not exist or does something else, naming those that would
        do, and `Unavailable` for one that is installed and broken.
        """
        found = self._found.get(name)
        if isinstance(found, str):
            raise Unavailable(f"The engine {name!r} is installed and cannot be loaded: {found}.")
        if found is None or capability not in {None, found.capability}:
            names = [spec.name for spec in self.specs if capability in {None, spec.capability}]
            raise Invalid(
                f"There is no {capability or 'engine'} called {name[:60]!r}; "
                f"choose one of: {', '.join(names) or 'none'}.",
                field="engine",
            )
        return found

    @cached_property
    def _found(self) -> dict[str, EngineSpec | str]:
        found = _installed(entry_points(group=GROUP))
        if self._plugin is not None:
            found[PLUGIN] = _plugin_or_reason(self._plugin)
        return found


def _plugin_or_reason(class_path: str) -> EngineSpec | str:
    try:
        return plugin_spec(class_path)
    except Invalid as error:
        return error.message.rstrip(".")


def _installed(points: Iterable[EntryPoint]) -> dict[str, EngineSpec | str]:
    found: dict[str, EngineSpec | str] = {}
    # The first one of a name wins, and our own come first: a package cannot take over a built-in by its name.
    for point in sorted(points, key=lambda point: not point.value.startswith("surtitle.")):
        if point.name in found:
            log.warning("Engine %r of %s is left out: the name is taken.", point.name, point.value)
        else:
            found[point.name] = _loaded(point)
    return found


def _loaded(point: EntryPoint) -> EngineSpec | str:
    try:
        spec = point.load()
    except Exception as error:
        # Someone else's code: whatever it raises, the other engines go on.
        log.warning("Engine %r (%s) cannot be loaded.", point.name, point.value, exc_info=True)
        return f"{type(error).__name__}: {error}"
    if not isinstance(spec, EngineSpec) or spec.name != point.name:
        reason = f"{point.value} is not an EngineSpec named {point.name!r}"
        log.warning("Engine %r is left out: %s.", point.name, reason)
        return reason
    return spec
