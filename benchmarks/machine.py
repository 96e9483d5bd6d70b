"""What the figures were taken on."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import imageio_ffmpeg
import psutil

import surtitle
from surtitle.engines.models import probe_hardware

_GIB = 1024**3
_LIBRARIES = ("faster-whisper", "ctranslate2", "av", "uvicorn")


def machine_facts() -> dict[str, str]:
    """Name and value of everything that a figure depends on, for a table."""
    hardware = probe_hardware()
    return {
        "processor": f"{_processor()}, {hardware.cpu_cores} cores",
        "memory": f"{hardware.memory_bytes / _GIB:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join((f"surtitle {surtitle.__version__}", *_libraries())),
        "ffmpeg": imageio_ffmpeg.get_ffmpeg_version(),
        "commit": _commit(),
        "load before the run": f"{os.getloadavg()[0]:.1f} (quiet is below 0.3), "
        f"{psutil.cpu_percent(interval=1):.0f} % of the processor in use",
    }


def _libraries() -> list[str]:
    return [f"{name} {version(name)}" for name in _LIBRARIES]


def _processor() -> str:
    if platform.system() == "Linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _commit() -> str:
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or "not a git checkout"
