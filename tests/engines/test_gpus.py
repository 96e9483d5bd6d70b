import subprocess
import sys
from pathlib import Path

import pytest

from surtitle.engines.gpus import GpuLocks, visible_gpus

HOLD = """
import sys
from pathlib import Path
from surtitle.engines.gpus import GpuLocks
held = GpuLocks(Path(sys.argv[1]), ["a"]).take_one()
print(held.gpu, flush=True)
input()
"""


def test_a_card_is_one_jobs_at_a_time_until_its_process_dies(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"a\n"
        locks = GpuLocks(tmp_path, ["a", "b"])
        first = locks.take_one(preferred="a")
        assert first is not None
        assert first.gpu == "b"
        assert locks.take_one() is None
        other.kill()
        other.wait()
        again = locks.take_one()
        assert again is not None
        assert again.gpu == "a"
        first.release()
        again.release()


def test_cards_are_named_as_the_environment_names_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3, GPU-5f")
    assert visible_gpus(2) == ("3", "GPU-5f")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert (visible_gpus(0), visible_gpus(2)) == ((), ("0", "1"))


def test_cards_go_by_their_serial_names_where_the_driver_tells_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho GPU-1a\necho GPU-2b\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_gpus(2) == ("GPU-1a", "GPU-2b")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert visible_gpus(1) == ("GPU-2b",)
