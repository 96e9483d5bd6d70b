"""Where a job may run, by its options: the queue for such work, the engine, and the memory of its model."""

from surtitle.config import FilmSettings, JobSettings
from surtitle.domain.options import FilmJobOptions, Options, TranscriptionOptions
from surtitle.engines.registry import Capability, EngineRegistry
from surtitle.jobs.offer import CPU, Needs
from surtitle.jobs.placement import Place
from surtitle.pipelines.transcription.selection import EngineSelector


class JobPlacement:
    """The `PlaceJob` of the job service."""

    def __init__(
        self,
        selector: EngineSelector,
        settings: JobSettings,
        registry: EngineRegistry | None = None,
        films: FilmSettings | None = None,
    ) -> None:
        self._selector = selector
        self._queue = settings.listening_queue
        self._registry = registry or EngineRegistry()
        self._film_queue = (films or FilmSettings()).queue

    def __call__(self, options: Options, listens: bool) -> Place:
        """A job that takes its text from a transcript asks nothing of its worker."""
        if isinstance(options, FilmJobOptions):
            return self._of_film(options, listens)
        if not listens or not isinstance(options, TranscriptionOptions):
            return Place(CPU)
        return self._listening(options)

    def _of_film(self, options: FilmJobOptions, listens: bool) -> Place:
        """A recording is listened to first, and that asks for more than drawing for it does."""
        if listens:
            return self._listening(TranscriptionOptions(language=options.language))
        spec = self._registry.named(options.engine, Capability.VIDEO_ENGINE)
        return Place(self._film_queue if spec.uses_gpu else CPU, Needs(spec.name))

    def _listening(self, options: TranscriptionOptions) -> Place:
        engine, memory_bytes = self._selector.engine_name(options), self._selector.least_memory_bytes(options)
        return Place(self._queue, Needs(engine, memory_bytes))
