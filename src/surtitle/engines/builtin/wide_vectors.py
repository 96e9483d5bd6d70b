"""Has CTranslate2 use AVX-512 where the processor has it, which it does only when it is told to.

Whisper base is a tenth faster so. What it asks of a processor: `cpu_supports_avx512` of its `cpu_info.cc`.
"""

import os
from pathlib import Path

_VARIABLE = "CT2_FORCE_CPU_ISA"
_NEEDED = frozenset({"avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw"})
_CPUINFO = Path("/proc/cpuinfo")


def use_wide_vectors(cpuinfo: Path = _CPUINFO) -> None:
    """Before CTranslate2 computes anything in this process. What the user has set stands."""
    if _VARIABLE not in os.environ and _flags(cpuinfo) >= _NEEDED:
        os.environ[_VARIABLE] = "AVX512"


def _flags(cpuinfo: Path) -> frozenset[str]:
    """What Linux says that every processor can do; nothing elsewhere."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    told = [frozenset(line.partition(":")[2].split()) for line in lines if line.startswith("flags")]
    return frozenset.intersection(*told) if told else frozenset()
