"""What glibc keeps of freed memory, asked of a real process."""

import ctypes
import os
import subprocess
import sys

import pytest

from surtitle.engines.host import memory

pytestmark = pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="only glibc has mallopt")

# What is taken from the system by itself is given back by itself; what lies in the heap stays there.
_IS_IN_THE_HEAP = """
import ctypes
from surtitle.engines.host.memory import keep_freed_memory
{before}
libc = ctypes.CDLL(None)
libc.sbrk.restype = libc.malloc.restype = ctypes.c_void_p
libc.sbrk.argtypes, libc.malloc.argtypes = [ctypes.c_ssize_t], [ctypes.c_size_t]
end, size = libc.sbrk(0), 100_000_000
libc.malloc(size)
# What was free at its end already need not be asked for.
print(libc.sbrk(0) - end > size // 2)
"""


def _is_kept(before: str, **variables: str) -> bool:
    others = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    printed = subprocess.run(
        [sys.executable, "-c", _IS_IN_THE_HEAP.format(before=before)],
        env=others | variables,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return printed.stdout.strip() == "True"


def test_what_was_freed_is_kept_for_what_is_needed_next() -> None:
    assert not _is_kept("")
    assert _is_kept("keep_freed_memory()")


def test_what_an_operator_set_stays() -> None:
    assert not _is_kept("keep_freed_memory()", MALLOC_TRIM_THRESHOLD_="1000000")
    assert not _is_kept("keep_freed_memory()", MALLOC_MMAP_THRESHOLD_="1000000")


@pytest.mark.parametrize(("answer", "asked"), [(0, ["mmap"]), (1, ["mmap", "trim"])])
def test_a_threshold_that_glibc_refuses_is_left_with_the_other(
    answer: int, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    class Library:
        @staticmethod
        def mallopt(parameter: int, _value: int) -> int:
            calls.append({-1: "trim", -3: "mmap"}[parameter])
            return answer

    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)
    monkeypatch.delenv("MALLOC_MMAP_THRESHOLD_", raising=False)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library)
    memory.keep_freed_memory()
    assert calls == asked
