"""The variables that an engine's process is started with."""

import os
import sys

# An operator's own numbers win over these; what each was measured to do stands in decision 0020.
_FITTING = {
    # glibc gives each thread a heap of its own, and what an engine frees in those stays.
    "MALLOC_ARENA_MAX": "1",
    # oneDNN, with which CTranslate2 multiplies, keeps what it prepared for each length of sound.
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "0",
    # NumPy's threads wait for the next product in a busy loop, on the cores that the engine computes on.
    "OPENBLAS_NUM_THREADS": "1",
}


def engine_environment(gpu: str | None = None) -> dict[str, str]:
    """For a process that sees only the card `gpu`, or all if None."""
    # What the host can import, the child can: plugins may stand on a path that only the host was given.
    # "" would be the working directory, where anyone may have left a file named as a library.
    path = os.pathsep.join(entry for entry in sys.path if entry)
    alone = {"CUDA_VISIBLE_DEVICES": gpu} if gpu else {}
    return _FITTING | os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"} | alone
