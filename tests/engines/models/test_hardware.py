import os
from pathlib import Path

import psutil
import pytest

from surtitle.engines.models.hardware import GIB, MIB, probe_hardware


def test_without_limits_the_whole_machine_counts(tmp_path: Path) -> None:
    hardware = probe_hardware(cgroup=tmp_path)

    assert 1 <= hardware.cpu_cores <= (os.cpu_count() or 1)
    assert hardware.memory_bytes == psutil.virtual_memory().total
    assert hardware.gpu_memory_bytes is None


def test_a_containers_limits_are_heeded(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    (tmp_path / "memory.max").write_text(f"{64 * MIB}\n")

    hardware = probe_hardware(cgroup=tmp_path)
    assert (hardware.cpu_cores, hardware.memory_bytes) == (1, 64 * MIB)


def test_a_container_without_limits_says_max(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")

    assert probe_hardware(cgroup=tmp_path) == probe_hardware(cgroup=tmp_path / "none")


@pytest.mark.parametrize(
    ("script", "expected"), [("echo 81920; echo 40960", 40960 * MIB), ("exit 9", 4 * GIB), (None, 4 * GIB)]
)
def test_the_smallest_cards_memory_counts(
    script: str | None, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if script is not None:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)

    assert probe_hardware(cuda_devices=2, cgroup=tmp_path).gpu_memory_bytes == expected
