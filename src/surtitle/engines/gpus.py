"""One job a GPU: a lock a card, held by whoever computes on it and gone with its process."""

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

_VISIBLE = "CUDA_VISIBLE_DEVICES"


def visible_gpus(count: int) -> tuple[str, ...]:
    """The `count` cards that engines can use here, each as `CUDA_VISIBLE_DEVICES` names it alone.

    By their serial names where the driver's tool tells them: those are the same in every container.
    """
    if count == 0:
        return ()
    serial = _serial_names()
    given = [name.strip() for name in os.environ.get(_VISIBLE, "").split(",") if name.strip()]
    names = given or serial or [str(index) for index in range(count)]
    return tuple(
        serial[int(name)] if name.isdigit() and int(name) < len(serial) else name for name in names[:count]
    )


def _serial_names() -> list[str]:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    query = [tool, "--query-gpu=uuid", "--format=csv,noheader"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return []
    return told.stdout.split() if told.returncode == 0 else []


class GpuLocks:
    """The locks of a machine's cards, in a folder that all processes on them share."""

    def __init__(self, folder: Path, gpus: Sequence[str]) -> None:
        self.gpus = tuple(gpus)
        self._folder = folder

    def take_one(self, preferred: str | None = None) -> "HeldGpu | None":
        """A card that nobody computes on, `preferred` if it is free; None when all are busy."""
        for gpu in sorted(self.gpus, key=lambda gpu: gpu != preferred):
            lock = FileLock(self._path(gpu), thread_local=False)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            return HeldGpu(gpu, lock)
        return None

    def _path(self, gpu: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        # Only serial names are the same card everywhere; the folder may be shared by machines.
        name = f"{socket.gethostname()}-{gpu}" if gpu.isdigit() else gpu.replace("/", "-")
        return self._folder / f"{name}.lock"


class HeldGpu:
    """A card that is ours until `release`, or until this process dies."""

    def __init__(self, gpu: str, lock: FileLock) -> None:
        self.gpu = gpu
        self._lock = lock

    def release(self) -> None:
        self._lock.release()
