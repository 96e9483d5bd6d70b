"""What this machine, or the container around us, has to offer."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

MIB = 1024**2
GIB = 1024**3

_CGROUP = Path("/sys/fs/cgroup")
# CTranslate2 sees a device, nobody tells its memory: no card that it supports has less.
_UNTOLD_GPU_BYTES = 4 * GIB


@dataclass(frozen=True, slots=True)
class Hardware:
    """What may be used. `gpu_memory_bytes` is None without a usable GPU, else the smallest card's."""

    cpu_cores: int
    memory_bytes: int
    gpu_memory_bytes: int | None = None

    def shared_by(self, slots: int) -> "Hardware":
        """What each of so many jobs at a time may use. A GPU is one job's at a time, and whole."""
        return Hardware(max(1, self.cpu_cores // slots), self.memory_bytes // slots, self.gpu_memory_bytes)


def probe_hardware(cuda_devices: int = 0, *, cgroup: Path = _CGROUP) -> Hardware:
    """The hardware, with a container's limits heeded.

    `cuda_devices` is how many CUDA devices the engine's library can use; only that library knows.
    """
    return Hardware(
        cpu_cores=_cores(cgroup),
        memory_bytes=min(psutil.virtual_memory().total, _memory_limit_bytes(cgroup)),
        gpu_memory_bytes=(_gpu_memory_bytes() or _UNTOLD_GPU_BYTES) if cuda_devices > 0 else None,
    )


def _cores(cgroup: Path) -> int:
    """Cores that this process may run on, fewer if a quota (cgroup v2, `cpu.max`) allows fewer."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _read(cgroup / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        cores = min(cores, -(-int(quota) // int(period)))
    return max(1, cores)


def _memory_limit_bytes(cgroup: Path) -> int:
    limit = _read(cgroup / "memory.max")
    return int(limit) if limit.isdigit() else psutil.virtual_memory().total


def _gpu_memory_bytes() -> int | None:
    """The smallest card's memory as the driver's own tool tells it, None without that tool."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    query = [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return None
    sizes_mib = [int(line) for line in told.stdout.split() if line.isdigit()]
    return min(sizes_mib) * MIB if told.returncode == 0 and sizes_mib else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
