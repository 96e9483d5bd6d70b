"""The most memory that each kind of process held while something ran."""

import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil
from tests.server import Server

_PERIOD_SECONDS = 0.2
MIB = 1024**2


@dataclass(slots=True)
class Peaks:
    """Bytes. `resident` counts files that are mapped, which the kernel can drop; `private` does not.

    By kind of process, the largest process of it; `total_private` is of all at one moment.
    """

    resident: dict[str, int] = field(default_factory=dict)
    private: dict[str, int] = field(default_factory=dict)
    total_private: int = 0

    def cell(self, kind: str) -> str:
        """In MiB, the private part in brackets; "none" where no such process ran."""
        if kind not in self.resident:
            return "none"
        return f"{self.resident[kind] / MIB:.0f} ({self.private[kind] / MIB:.0f})"


class MemorySampler:
    """Watches a server and all below it for as long as the block lasts. A peak shorter than 0.2 s may be
    missed.
    """

    def __init__(self, server: Server) -> None:
        self.peaks = Peaks()
        self._server = server
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_PERIOD_SECONDS):
            self._look()

    def _look(self) -> None:
        total = 0
        for kind, process in self._processes():
            try:
                memory = process.memory_info()
            except psutil.Error:
                continue  # it has just ended
            private = memory.rss - getattr(memory, "shared", 0)
            self.peaks.resident[kind] = max(self.peaks.resident.get(kind, 0), memory.rss)
            self.peaks.private[kind] = max(self.peaks.private.get(kind, 0), private)
            total += private
        self.peaks.total_private = max(self.peaks.total_private, total)

    def _processes(self) -> list[tuple[str, psutil.Process]]:
        assert self._server.process is not None
        below = [(kind, process) for kind, found in self._server.family().items() for process in found]
        return [("server", psutil.Process(self._server.process.pid)), *below]
