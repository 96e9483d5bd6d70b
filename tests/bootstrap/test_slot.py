from pathlib import Path

from surtitle.bootstrap.slot import Abilities, EngineSlot
from surtitle.config import EngineSettings
from surtitle.engines.gpus import GpuLocks
from surtitle.engines.host import EngineHost
from surtitle.engines.models import Hardware
from surtitle.engines.registry import EngineRegistry
from surtitle.jobs.scratch_room import ScratchRoom

MACHINE = Hardware(cpu_cores=8, memory_bytes=32_000, gpu_memory_bytes=16_000)


def slots(folder: Path, *gpus: str) -> tuple[EngineSlot, EngineSlot]:
    """Two slots of one worker."""
    registry = EngineRegistry()
    able = Abilities.of(("cpu", "gpu"), registry, MACHINE.shared_by(2), has_gpus=bool(gpus))
    locks = GpuLocks(folder, gpus)
    first, second = (EngineSlot(EngineHost(EngineSettings(), registry), able, locks) for _ in range(2))
    return first, second


def test_where_there_is_no_gpu_every_slot_does_everything(tmp_path: Path) -> None:
    for slot in slots(tmp_path):
        offer = slot.offer()
        assert offer is not None
        assert offer.engines is not None
        assert {"whisper", "dummy"} <= offer.engines
        assert (offer.memory_bytes, slot.gpu) == (16_000, None)


def test_only_the_slot_that_holds_the_gpu_takes_jobs_that_need_it(tmp_path: Path) -> None:
    first, second = slots(tmp_path, "GPU-1a")
    with_gpu, without = first.offer(), second.offer()
    assert with_gpu is not None
    assert with_gpu.engines is not None
    assert without is not None
    assert without.engines is not None
    assert "whisper" in with_gpu.engines
    assert "dummy" in without.engines
    assert "whisper" not in without.engines
    assert "pyannote" in with_gpu.engines
    assert "pyannote" not in without.engines
    assert (first.gpu, first.host.gpu, second.gpu) == ("GPU-1a", "GPU-1a", None)


def test_a_slot_keeps_the_gpu_for_a_job_that_needs_it_and_for_no_other(tmp_path: Path) -> None:
    first, second = slots(tmp_path, "GPU-1a")
    first.offer()
    first.keep_for("whisper")
    assert first.gpu is not None
    first.leave()
    second.offer()
    assert second.gpu == "GPU-1a"
    second.keep_for("")
    assert second.gpu is None


def test_a_slot_offers_nothing_while_the_disk_has_no_room(tmp_path: Path) -> None:
    registry = EngineRegistry()
    able = Abilities.of(("cpu",), registry, MACHINE, has_gpus=False)
    host, locks = EngineHost(EngineSettings(), registry), GpuLocks(tmp_path, ())
    assert EngineSlot(host, able, locks, ScratchRoom(tmp_path, 2**60)).offer() is None
    assert EngineSlot(host, able, locks, ScratchRoom(tmp_path, 0)).offer() is not None
