"""What a process holds of the machine's memory, and how it gives back what it no longer needs."""

import ctypes
import gc
import os

import psutil

# What <malloc.h> calls them, and the variables by which an operator sets them.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_OPERATORS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_")
_KEPT_BYTES = 256 << 20


def rss_bytes(pid: int | None = None) -> int:
    """The resident memory of a process, by default this one; 0 of one that is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def keep_freed_memory() -> None:
    """Have glibc keep what is freed for what is needed next, until `return_freed_memory`.

    By itself it takes every large array from the system and gives it back at once, for each window anew: the
    kernel fills 250 MB with noughts for each pass of the encoder. What an operator set stays; so does all
    where glibc takes no more than the 32 MiB of its manual, or there is none.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None or any(name in os.environ for name in _OPERATORS):
        return
    # Either one ends glibc's own adjusting; with the second alone it would give back more than by itself.
    if mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES):
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def return_freed_memory() -> None:
    """Give the system back what is free in the heap.

    glibc keeps the pieces of freed weights for itself: measured, 312 MB of which 212 came back at once.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
