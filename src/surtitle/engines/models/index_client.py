"""Downloading wheels through the Python package index, with the user's own client and its settings."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from surtitle.engines.models.errors import SourceFailed
from surtitle.engines.models.sources import Progress

_POLL_SECONDS = 0.2
_TOLD_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class IndexClient:
    """A program that puts one wheel (pip) or its unpacked content (uv) into a folder.

    Either way wheels only, without dependencies, and no code of theirs runs.
    """

    command: tuple[str, ...]
    folder_option: str

    def download(self, requirement: str, size_bytes: int, into: Path, progress: Progress) -> None:
        """Fetch `requirement` into the new folder `into`. Raises `SourceFailed` with the client's reason."""
        # Temporary files land in there too: what is left by a kill goes with the folder,
        # and its growth tells how far the download is.
        temporary = into / "tmp"
        temporary.mkdir(parents=True)
        content = into / "content"
        with (into / "log").open("w+b") as log:
            process = subprocess.Popen(
                [*self.command, self.folder_option, str(content), requirement],
                env={**os.environ, "TMPDIR": str(temporary)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                self._follow(process, into, size_bytes, progress, f"{requirement} (index)")
            finally:
                process.kill()
                process.wait()
            if process.returncode != 0:
                log.seek(0)
                raise SourceFailed(f"index: {requirement}: {_last_words(log.read())}")

    @staticmethod
    def _follow(
        process: subprocess.Popen[bytes], into: Path, size_bytes: int, progress: Progress, what: str
    ) -> None:
        while True:
            try:
                process.wait(_POLL_SECONDS)
            except subprocess.TimeoutExpired:
                progress(min(_size_of(into), size_bytes), size_bytes, what)
            else:
                break
        if process.returncode == 0:
            progress(size_bytes, size_bytes, what)


_PIP_DOWNLOAD = (
    "download",
    *("--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"),
    *("--no-deps", "--only-binary", ":all:"),
)


def pip_client(python: Path | str = sys.executable) -> IndexClient:
    """The pip of an interpreter. `-P` keeps the working directory's modules out of it."""
    return IndexClient((str(python), "-P", "-m", "pip", *_PIP_DOWNLOAD), "--dest")


def uv_client(uv: Path | str) -> IndexClient:
    """The uv program. It keeps no wheel: `--target` unpacks it into a folder that no interpreter looks at."""
    options = ("--quiet", "--no-deps", "--only-binary", ":all:", "--python", sys.executable)
    return IndexClient((str(uv), "pip", "install", *options), "--target")


def own_pip_client(scratch: Path) -> IndexClient:
    """A pip unpacked from the interpreter's own bundle. Raises `SourceFailed` if it has none."""
    environment = scratch / "pip"
    made = subprocess.run(
        [sys.executable, "-P", "-m", "venv", "--clear", str(environment)], capture_output=True, check=False
    )
    if made.returncode != 0:
        raise SourceFailed("index: neither pip nor uv is here; install one: `python -m ensurepip`")
    return pip_client(environment / "bin" / "python")


def find_index_client(scratch: Path) -> IndexClient:
    """pip, else uv (an environment that uv made has no pip), else a pip of our own in `scratch`."""
    if importlib.util.find_spec("pip") is not None:
        return pip_client()
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    return uv_client(uv) if uv else own_pip_client(scratch)


def _size_of(folder: Path) -> int:
    total = 0
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(directory, name)).st_size  # noqa: PTH118 - polled, so cheap
            except FileNotFoundError:
                continue
    return total


def _last_words(log: bytes) -> str:
    """The client's own error, shortened; pip marks it with ERROR."""
    lines = [line.strip() for line in log.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["the client failed without a word"])[-1][:_TOLD_CHARACTERS]
