"""Where a job may run, by its options: the queue for such work, the engine, and the memory of its model."""

from dataclasses import replace

from surtitle.config import EngineSettings, FilmSettings, JobSettings
from surtitle.domain.options import FilmJobOptions, MeetingJobOptions, Options, TranscriptionOptions
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
        engines: EngineSettings | None = None,
    ) -> None:
        self._selector = selector
        self._queue = settings.listening_queue
        self._registry = registry or EngineRegistry()
        self._film_queue = (films or FilmSettings()).queue
        self._diarizer = (engines or EngineSettings()).diarizer

    def __call__(self, options: Options, listens: bool) -> Place:
        """One engine is named: where the job computes on a GPU with any of its engines, one that does."""
        if isinstance(options, FilmJobOptions):
            return self._of_film(options, listens)
        place = Place(CPU)
        if listens and isinstance(options, TranscriptionOptions):
            place = self._listening(options)
        if isinstance(options, MeetingJobOptions) and options.diarization.enabled:
            return self._telling_apart(options.diarization.engine or self._diarizer, place)
        return place

    def _of_film(self, options: FilmJobOptions, listens: bool) -> Place:
        """A recording is listened to first, and that asks for more than drawing for it does, unless that is
        done on a GPU.
        """
        heard = self._listening(TranscriptionOptions(language=options.language)) if listens else Place(CPU)
        spec = self._registry.named(options.engine, Capability.VIDEO_ENGINE)
        if spec.uses_gpu:
            return Place(self._film_queue, Needs(spec.name, heard.needs.memory_bytes))
        return heard if listens else Place(CPU, Needs(spec.name))

    def _listening(self, options: TranscriptionOptions) -> Place:
        engine, memory_bytes = self._selector.engine_name(options), self._selector.least_memory_bytes(options)
        return Place(self._queue, Needs(engine, memory_bytes))

    def _telling_apart(self, diarizer: str, place: Place) -> Place:
        """The same place for a meeting whose speakers this engine tells apart."""
        if not self._registry.named(diarizer, Capability.DIARIZER).uses_gpu:
            return place
        if place.needs.engine and self._registry.named(place.needs.engine).takes_gpu:
            return place
        return replace(place, needs=replace(place.needs, engine=diarizer))
