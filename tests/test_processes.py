import subprocess
import sys
from pathlib import Path

import pytest

from surtitle.processes import childs_memory_bytes, tethered

MIB = 1024**2


@pytest.mark.parametrize(
    ("told", "mib"),
    [("1610612736\n", 512), ("max\n", 3072), (f"{64 * 1024**3}", 3072), (f"{256 * MIB}", 256)],
)
def test_a_child_may_take_a_third_of_what_the_container_may(tmp_path: Path, told: str, mib: int) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text(told)
    assert childs_memory_bytes(limit) == mib * MIB


def test_without_a_container_it_may_take_three_gibibytes(tmp_path: Path) -> None:
    assert childs_memory_bytes(tmp_path / "absent") == 3072 * MIB


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing limits memory")
def test_a_program_that_takes_more_memory_than_it_may_fails() -> None:
    command = [sys.executable, "-c", f"print(len(bytearray({300 * MIB})))"]

    def run(memory_bytes: int) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            tethered(command, memory_bytes), check=False, capture_output=True, text=True, timeout=30
        )

    assert run(0).stdout == f"{300 * MIB}\n"
    assert "MemoryError" in run(200 * MIB).stderr
