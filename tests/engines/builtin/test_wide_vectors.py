"""AVX-512 is used where the processor has all that CTranslate2 asks for, and where nobody said otherwise."""

import os
from pathlib import Path

import pytest

from surtitle.engines.builtin.wide_vectors import use_wide_vectors

_VARIABLE = "CT2_FORCE_CPU_ISA"
_ALL = "fpu avx2 avx512f avx512cd avx512vl avx512dq avx512bw"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the code under test sets goes with the test.
    monkeypatch.setenv(_VARIABLE, "")
    monkeypatch.delenv(_VARIABLE)


def cpuinfo(folder: Path, *flags: str) -> Path:
    path = folder / "cpuinfo"
    path.write_text("".join(f"processor\t: {i}\nflags\t\t: {one}\n\n" for i, one in enumerate(flags)))
    return path


def test_a_processor_that_has_it_all(tmp_path: Path) -> None:
    use_wide_vectors(cpuinfo(tmp_path, _ALL, _ALL))
    assert os.environ[_VARIABLE] == "AVX512"


@pytest.mark.parametrize("flags", ["fpu avx2", "fpu avx2 avx512f avx512cd", ""])
def test_one_that_lacks_some_of_it(flags: str, tmp_path: Path) -> None:
    use_wide_vectors(cpuinfo(tmp_path, _ALL, flags))
    assert _VARIABLE not in os.environ


def test_a_system_that_does_not_tell(tmp_path: Path) -> None:
    use_wide_vectors(tmp_path / "none")
    assert _VARIABLE not in os.environ


def test_what_the_user_set_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(_VARIABLE, "AVX2")
    use_wide_vectors(cpuinfo(tmp_path, _ALL))
    assert os.environ[_VARIABLE] == "AVX2"
