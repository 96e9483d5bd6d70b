"""One answer to Prometheus: what is looked up is brought up to date first, within a patience."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from surtitle.config import Settings
from surtitle.observability.metrics import Metrics, Part, Role, disk_part, gpu_part


class Scrape:
    """The figures of one process. A look that fails or hangs leaves its figures out, and no others."""

    def __init__(self, metrics: Metrics, settings: Settings, parts: Iterable[Part] = ()) -> None:
        self._metrics = metrics
        self._patience_seconds = settings.metrics.patience_seconds
        metrics.readings.watch([disk_part(_places(settings)), *parts])
        if metrics.role is Role.WORKER and (cards := gpu_part()) is not None:
            metrics.readings.watch([cards])

    @property
    def content_type(self) -> str:
        return self._metrics.content_type

    async def answer(self) -> bytes:
        """The figures in Prometheus' text format."""
        await self._metrics.readings.refresh(self._patience_seconds)
        return self._metrics.exposition()

    async def close(self) -> None:
        await self._metrics.readings.close()


def _places(settings: Settings) -> Mapping[str, Path]:
    return {"data": settings.data_dir, "scratch": settings.scratch_directory}
