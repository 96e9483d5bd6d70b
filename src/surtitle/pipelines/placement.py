"""Where a job may run, by its options: the queue for such work, the engine, and the memory of its model."""

from surtitle.config import JobSettings
from surtitle.domain.options import Options, TranscriptionOptions
from surtitle.jobs.offer import CPU, Needs
from surtitle.jobs.placement import Place
from surtitle.pipelines.transcription.selection import EngineSelector


class JobPlacement:
    """The `PlaceJob` of the job service."""

    def __init__(self, selector: EngineSelector, settings: JobSettings) -> None:
        self._selector = selector
        self._queue = settings.listening_queue

    def __call__(self, options: Options, listens: bool) -> Place:
        """A job that takes its text from a transcript asks nothing of its worker."""
        if not listens or not isinstance(options, TranscriptionOptions):
            return Place(CPU)
        engine, memory_bytes = self._selector.engine_name(options), self._selector.least_memory_bytes(options)
        return Place(self._queue, Needs(engine, memory_bytes))
