"""More lines than memory holds, in order: sorted in runs on the disk, and merged as they are read."""

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

_LINES_IN_MEMORY = 50_000


class SortedLines:
    """Lines of text (UTF-8, no line breaks within) that are given in any order and read in that of their
    bytes.

    Holds `lines_in_memory` at most; the rest lies in files without a name in `folder`, which are gone with
    the process, however it ends. Use it as a context manager, and read only what was written before.
    """

    def __init__(self, folder: Path, lines_in_memory: int = _LINES_IN_MEMORY) -> None:
        self._folder = folder
        self._most = lines_in_memory
        self._waiting: list[bytes] = []
        self._runs: list[IO[bytes]] = []
        self._open = ExitStack()
        self.count = 0

    def add(self, line: str) -> None:
        self._waiting.append(line.encode())
        self.count += 1
        if len(self._waiting) >= self._most:
            self._write_run()

    def __iter__(self) -> Iterator[str]:
        """All lines in order; equal ones come as often as they were given. May be read again."""
        self._waiting.sort()
        for run in self._runs:
            run.seek(0)
        runs = [(line.rstrip(b"\n") for line in run) for run in self._runs]
        for line in heapq.merge(*runs, self._waiting):
            yield line.decode()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _write_run(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        run = self._open.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115
        self._waiting.sort()
        run.writelines(line + b"\n" for line in self._waiting)
        self._waiting.clear()
        self._runs.append(run)
