from pathlib import Path

import pytest

from surtitle.domain.options import ComputeType
from surtitle.engines.models.choice import choose_model
from surtitle.engines.models.hardware import GIB, Hardware
from surtitle.engines.models.store import InstalledModel
from surtitle.engines.registry import Capability
from surtitle.errors import Unavailable

LAPTOP = Hardware(cpu_cores=2, memory_bytes=8 * GIB)
WITH_GPU = Hardware(cpu_cores=8, memory_bytes=32 * GIB, gpu_memory_bytes=16 * GIB)


def model(name: str, size_mb: int, *, multilingual: bool = True, pinned: bool = True) -> InstalledModel:
    return InstalledModel(
        name=name,
        capability=Capability.TRANSCRIBER,
        engine="whisper",
        directory=Path(name),
        size_bytes=size_mb * 1_000_000,
        multilingual=multilingual,
        pinned=pinned,
    )


BASE = model("whisper-base", 148)
TINY_EN = model("whisper-tiny.en", 78, multilingual=False)
SMALL = model("small", 486, pinned=False)
MEDIUM = model("medium", 1530, pinned=False)
LARGE = model("large-v3", 3090, pinned=False)


def test_with_nothing_installed_the_default_is_named() -> None:
    choice = choose_model(LAPTOP, [])

    assert (choice.model, choice.compute_type, choice.device) == ("whisper-base", ComputeType.INT8, "cpu")
    assert "no installed model suits" in choice.reason
    assert "2 CPU cores, 8 GiB" in choice.reason


@pytest.mark.parametrize(
    ("installed", "language", "expected"),
    [
        ([BASE, TINY_EN], "en", "whisper-base"),
        ([TINY_EN], "en", "whisper-tiny.en"),
        ([TINY_EN], "fr", "whisper-base"),
        ([TINY_EN], None, "whisper-base"),
        ([BASE, SMALL], None, "small"),
        ([BASE, SMALL, LARGE], None, "small"),
    ],
)
def test_auto_takes_the_largest_installed_model_that_runs_well_on_two_cores(
    installed: list[InstalledModel], language: str | None, expected: str
) -> None:
    assert choose_model(LAPTOP, installed, language).model == expected


def test_a_slow_model_is_taken_when_no_other_is_installed_and_the_reason_warns() -> None:
    choice = choose_model(LAPTOP, [MEDIUM])

    assert choice.model == "medium"
    assert "slow on this machine" in choice.reason


def test_an_english_model_does_not_translate() -> None:
    assert choose_model(LAPTOP, [TINY_EN], "en", translate=True).model == "whisper-base"


def test_a_model_without_room_in_memory_is_not_chosen() -> None:
    assert choose_model(LAPTOP, [LARGE]).model == "whisper-base"


def test_a_gpu_runs_the_large_model_in_float16() -> None:
    choice = choose_model(WITH_GPU, [BASE, LARGE])

    assert (choice.model, choice.compute_type, choice.device) == ("large-v3", ComputeType.FLOAT16, "cuda")
    assert "large-v3 (your own, not checked)" in choice.reason
    assert "GPU with 16 GiB" in choice.reason


def test_a_gpu_too_small_for_the_large_model_runs_the_next() -> None:
    card = Hardware(cpu_cores=8, memory_bytes=32 * GIB, gpu_memory_bytes=2 * GIB)

    assert choose_model(card, [BASE, SMALL, LARGE]).model == "small"


def test_the_cpu_is_used_when_it_is_asked_for_though_there_is_a_gpu() -> None:
    choice = choose_model(WITH_GPU, [BASE], device="cpu")

    assert (choice.device, choice.compute_type) == ("cpu", ComputeType.INT8)


def test_a_gpu_that_is_not_there_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(Unavailable, match="SURTITLE_ENGINES__DEVICE"):
        choose_model(LAPTOP, [BASE], device="cuda")


def test_a_named_model_is_taken_by_its_full_name() -> None:
    choice = choose_model(LAPTOP, [BASE, SMALL], model="tiny.en", compute_type=ComputeType.FLOAT32)

    assert (choice.model, choice.compute_type) == ("whisper-tiny.en", ComputeType.FLOAT32)
    assert "tiny.en was asked for" in choice.reason


def test_float16_on_a_cpu_becomes_float32_and_says_so() -> None:
    choice = choose_model(LAPTOP, [BASE], compute_type=ComputeType.FLOAT16)

    assert choice.compute_type is ComputeType.FLOAT32
    assert "a CPU cannot compute in float16" in choice.reason
