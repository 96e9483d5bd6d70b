"""Where a model's files may come from. A source delivers bytes; whether they are right is checked later."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from surtitle.engines.models.errors import ChecksumMismatch, SourceFailed
from surtitle.engines.models.manifest import ModelFile, ModelSpec

CHUNK_BYTES = 1024 * 1024

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in total and what they are; each new `what` begins again at nought."""


class Source(Protocol):
    """One place that models come from. `name` is its word in SURTITLE_MODELS__SOURCES."""

    name: str

    def fetch(self, spec: ModelSpec, file: ModelFile, destination: Path, progress: Progress) -> None:
        """Write the content of `file` to `destination`, at most `file.size_bytes` of it.

        Bytes already there are from a broken try of the same source. Raises `SourceFailed`
        when the source cannot be reached or does not have the file.
        """
        ...


class FolderSource:
    """Copies from the user's folder: `<folder>/<name or alias>/<file>`."""

    name = "folder"

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def fetch(self, spec: ModelSpec, file: ModelFile, destination: Path, progress: Progress) -> None:
        found = self._find(spec, file)
        try:
            stream = found.open("rb")
        except OSError as error:
            raise SourceFailed(f"folder: {found} cannot be read ({error.strerror})") from None
        with stream:
            receive(_chunks(stream.read), file, destination, progress, f"{file.name} (folder)")

    def _find(self, spec: ModelSpec, file: ModelFile) -> Path:
        if self._folder is None:
            raise SourceFailed("folder: none is set (SURTITLE_MODELS__FOLDER)")
        for name in (spec.name, *spec.aliases):
            candidate = self._folder / name / file.name
            if candidate.is_file():
                return candidate
        raise SourceFailed(f"folder: {self._folder / spec.name} has no {file.name}")


def receive(
    chunks: Iterable[bytes],
    file: ModelFile,
    destination: Path,
    progress: Progress,
    what: str,
    *,
    offset: int = 0,
) -> None:
    """Write `chunks` to `destination` from byte `offset` on.

    Raises `ChecksumMismatch` as soon as more arrives than is pinned, so that no source can fill the disk.
    """
    with destination.open("r+b" if offset else "wb") as output:
        output.seek(offset)
        done = offset
        for chunk in chunks:
            done += len(chunk)
            if done > file.size_bytes:
                raise ChecksumMismatch(file.name, f"{file.size_bytes} bytes", "more than that")
            output.write(chunk)
            progress(done, file.size_bytes, what)
        output.truncate()


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(CHUNK_BYTES):
        yield chunk
