"""Which model a name in OpenAI's dialect means here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from surtitle.api.openai.errors import ModelNotFound
from surtitle.engines.models import ModelStore
from surtitle.engines.registry import Capability, EngineRegistry

OWN_CHOICE = (
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-mini-transcribe-2025-12-15",
    "gpt-4o-transcribe-diarize",
)
"""OpenAI's names that stand for whatever this installation would choose by itself. Whether speakers are told
apart is asked for by the format alone.
"""


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A name that may be asked for. `created_epoch` is 0 where nothing on disk has a date."""

    name: str
    owner: str
    installed: bool
    created_epoch: int = 0
    voices: tuple[str, ...] = ()
    """Of a model that speaks."""


class Catalogue:
    """Names of models, as this installation resolves them. Blocking: it looks at the disk."""

    def __init__(self, models: ModelStore, engines: EngineRegistry) -> None:
        self._models = models
        self._engines = engines

    def listed(self) -> list[ListedModel]:
        """Every name: OpenAI's first, then models that can be fetched or are here, then engines without."""
        found: dict[str, ListedModel] = {}
        for model in (*self._openai(), *self._own(), *self._known(), *self._without_model()):
            found.setdefault(model.name, model)
        return list(found.values())

    def find(self, name: str) -> ListedModel:
        """The model of that name or alias, under the name that was asked for. Raises `ModelNotFound`."""
        known = self._models.manifest.find(name)
        for model in self.listed():
            if model.name in {name, known.name if known else name}:
                return ListedModel(name, model.owner, model.installed, model.created_epoch)
        raise ModelNotFound(name)

    def options(self, name: str) -> dict[str, Any]:
        """The job options `engine` and `model` for a name; none for a name that leaves the choice to us.

        Raises `ModelNotFound`.
        """
        if name in OWN_CHOICE:
            return {}
        known = self._models.manifest.find(name)
        if known is not None and known.capability is Capability.TRANSCRIBER:
            return {"engine": known.engine, "model": known.name}
        for own in self._models.installed():
            if own.name == name and own.capability is Capability.TRANSCRIBER:
                return {"engine": own.engine, "model": own.name}
        if any(model.name == name for model in self._without_model()):
            return {"engine": name}
        raise ModelNotFound(name)

    def _openai(self) -> Iterator[ListedModel]:
        any_here = any(model.capability is Capability.TRANSCRIBER for model in self._models.installed())
        return (ListedModel(name, "openai", installed=any_here) for name in OWN_CHOICE)

    def _own(self) -> Iterator[ListedModel]:
        for model in self._models.installed():
            if model.capability is Capability.TRANSCRIBER:
                made = int(model.directory.stat().st_mtime)
                yield ListedModel(model.name, "surtitle", installed=True, created_epoch=made)

    def _known(self) -> Iterator[ListedModel]:
        for model in self._models.manifest.models:
            if model.capability is Capability.TRANSCRIBER:
                yield ListedModel(model.name, "surtitle", installed=False)

    def _without_model(self) -> Iterator[ListedModel]:
        for spec in self._engines.specs:
            if spec.capability is Capability.TRANSCRIBER and not spec.needs_model:
                yield ListedModel(spec.name, "surtitle", installed=True)
