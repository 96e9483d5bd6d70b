"""Which engine and model do a transcription, settled from options, settings and hardware."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

from surtitle.config import EngineSettings
from surtitle.domain.options import ComputeType, Task, TranscriptionOptions
from surtitle.domain.transcript import Origin
from surtitle.engines.models import Choice, Hardware, ModelStore, choose_model
from surtitle.engines.models.choice import AUTO
from surtitle.engines.protocols import EngineSetup
from surtitle.engines.registry import Capability, EngineRegistry, EngineSpec
from surtitle.errors import Invalid, NotFound
from surtitle.jobs.offer import Needs

log = logging.getLogger(__name__)

_MOST_WINDOWS = 8


@dataclass(frozen=True, slots=True)
class Selection:
    """A setup that is ready to run, what the transcript says of it, and why it was chosen. `divisible`: many
    workers can share one recording, if they have what it `needs`.
    """

    setup: EngineSetup
    origin: Origin
    reason: str
    divisible: bool = False
    needs: Needs = field(default_factory=Needs)


class EngineSelector:
    """Chooses for each job. `check` is quick and refuses; `select` may fetch a model."""

    def __init__(
        self, settings: EngineSettings, registry: EngineRegistry, models: ModelStore, hardware: Hardware
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._models = models
        self.hardware = hardware

    def check(self, options: TranscriptionOptions) -> None:
        """Refuse with `Invalid` what no engine here could do: unknown engine or model, wrong language."""
        spec = self._spec(options)
        if not spec.needs_model:
            return
        name = self._choice(options).model
        known = self._models.manifest.find(name)
        try:
            multilingual = known.multilingual if known else self._own_is_multilingual(name)
        except NotFound as error:
            raise Invalid(error.message, field="options.model") from error
        if not multilingual and options.language not in {None, "en"}:
            raise Invalid(
                f"Model {name} knows English only; for {options.language!r} choose another, or 'auto'.",
                field="options.model",
            )
        if not multilingual and options.task is Task.TRANSLATE:
            raise Invalid(f"Model {name} knows English only and cannot translate.", field="options.model")

    def select(self, options: TranscriptionOptions) -> Selection:
        """The setup for a job. Fetches the model if it is not here (blocking: call it in a thread).

        Raises `Unavailable` when the model cannot be had.
        """
        spec = self._spec(options)
        if not spec.needs_model:
            return self._selection(
                spec, None, Choice(spec.model, ComputeType.FLOAT32, "cpu", "needs no model")
            )
        choice = self._choice(options)
        return self._selection(spec, self._models.pull(choice.model), choice)

    def model_name(self, options: TranscriptionOptions) -> str | None:
        """The model that `select` would use, None for an engine without weights."""
        return self._choice(options).model if self._spec(options).needs_model else None

    def engine_name(self, options: TranscriptionOptions) -> str:
        """The engine that a worker must have for the job."""
        return self._spec(options).name

    def least_memory_bytes(self, options: TranscriptionOptions) -> int:
        """What a worker must have at the very least: the weights of the model that was asked for by name.

        0 for `auto`, which goes by the worker, and for a model of one's own.
        """
        model = self._settings.model if options.model == AUTO else options.model
        if model == AUTO or not self._spec(options).needs_model:
            return 0
        return self._weights_bytes(model)

    def _weights_bytes(self, model: str) -> int:
        known = self._models.manifest.find(model)
        return known.size_bytes if known else 0

    def for_slots(self, slots: int) -> "EngineSelector":
        """The same for one of so many slots that share the machine's cores and memory."""
        return EngineSelector(self._settings, self._registry, self._models, self.hardware.shared_by(slots))

    def _spec(self, options: TranscriptionOptions) -> EngineSpec:
        return self._registry.named(options.engine or self._settings.transcriber, Capability.TRANSCRIBER)

    def _choice(self, options: TranscriptionOptions) -> Choice:
        wanted = ComputeType(self._settings.compute_type)
        return choose_model(
            self.hardware,
            self._models.installed(),
            options.language,
            model=self._settings.model if options.model == AUTO else options.model,
            device=self._settings.device,
            compute_type=wanted if options.compute_type is ComputeType.AUTO else options.compute_type,
            translate=options.task is Task.TRANSLATE,
            manifest=self._models.manifest,
        )

    def _own_is_multilingual(self, name: str) -> bool:
        directory = self._models.path(name)
        own = (model.multilingual for model in self._models.installed() if model.directory == directory)
        return next(own, True)

    def _selection(self, spec: EngineSpec, directory: Path | None, choice: Choice) -> Selection:
        threads = self._settings.threads or self.hardware.cpu_cores
        setup = EngineSetup(
            engine=spec.name,
            model=choice.model,
            model_directory=directory,
            device=choice.device,
            compute_type=choice.compute_type,
            threads=threads,
            # Windows side by side, one thread each, are twice as quick as one window on all threads.
            batch_size=min(threads, _MOST_WINDOWS) if choice.device == "cpu" else 1,
        )
        log.info("engine %s, model %s: %s", spec.name, choice.model or "none", choice.reason)
        needs = Needs(spec.name, self._weights_bytes(choice.model) if spec.needs_model else 0)
        return Selection(setup, origin_of(setup), choice.reason, spec.divisible, needs)


def origin_of(setup: EngineSetup) -> Origin:
    """What a transcript says of words that this setup heard."""
    return Origin(setup.engine, setup.model, setup.compute_type, setup.device)
