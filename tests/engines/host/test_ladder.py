from pathlib import Path

import pytest

from surtitle.engines.errors import NoRoomForEngine
from surtitle.engines.host import EngineHost
from surtitle.engines.host.failures import is_out_of_memory
from surtitle.engines.protocols import EngineSetup

from .conftest import acting, hear, texts

LIGHTEST = ("cpu", "int8", 1)
RUNGS = [
    "decodes 2 windows at once instead of 4",
    "decodes 1 windows at once instead of 2",
    "computes in int8 instead of float16",
    "works on the CPU instead of cuda",
]


async def test_memory_that_runs_out_midway_goes_on_lighter_from_the_last_window(
    host: EngineHost, sound: Path
) -> None:
    told: list[str] = []
    setups: list[EngineSetup] = []

    def on_step_down(lighter: EngineSetup, sentence: str) -> None:
        setups.append(lighter)
        told.append(sentence)

    setup = acting("grows", device="cuda", compute_type="float16", batch_size=4)
    windows = await hear(host, setup, sound, on_step_down=on_step_down)
    assert texts(windows) == ["cuda float16 4"] * 2 + ["cpu int8 1"] * 3
    assert [window.next.index for window in windows] == [1, 2, 3, 4, 5]
    assert [sentence.split(" now ")[1] for sentence in told] == [f"{rung}." for rung in RUNGS]
    assert (setups[-1].device, setups[-1].compute_type, setups[-1].batch_size) == LIGHTEST
    assert all(sentence.startswith("Memory ran out, so scripted (grows)") for sentence in told)


async def test_an_engine_too_big_to_load_steps_down_as_well(host: EngineHost, sound: Path) -> None:
    windows = await hear(host, acting("too-big-to-load"), sound)
    assert set(texts(windows)) == {"cpu int8 1"}


async def test_below_the_last_rung_a_smaller_model_is_advised(host: EngineHost, sound: Path) -> None:
    with pytest.raises(NoRoomForEngine, match=r"even on the CPU in int8\. Choose a smaller model"):
        await hear(host, acting("never-fits"), sound)
    assert len(await hear(host, acting("plain"), sound)) == 5


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"),
        RuntimeError("[ONNXRuntimeError] : 6 : Failed to allocate memory for requested buffer of size 1"),
    ],
)
def test_every_library_says_it_in_its_own_words(error: Exception) -> None:
    assert is_out_of_memory(error)


@pytest.mark.parametrize("error", [RuntimeError("bad tensor"), ValueError("out of memory of mine")])
def test_other_errors_are_not_taken_for_it(error: Exception) -> None:
    assert not is_out_of_memory(error)
