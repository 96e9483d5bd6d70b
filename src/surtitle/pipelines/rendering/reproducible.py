"""What keeps x264 to the same bytes on every run.

On processors with AVX-512 x264's look-ahead races with its encoder: under load, 9 of 24 encodings of one
film differed in a few frames. Kept to AVX2 on the same machine, 80 of 80 were identical, and no slower.
"""

import functools
import platform
import re
import sys
from pathlib import Path

_X86 = {"x86_64", "amd64", "i386", "i686"}
_AVX512 = re.compile(r"^flags\s*:.*\bavx512", re.MULTILINE)


@functools.cache
def reproducible_x264() -> list[str]:
    """The arguments of ffmpeg for it on this processor; none where x264 needs no help."""
    if platform.machine().lower() not in _X86:
        return []
    if not sys.platform.startswith("linux"):
        # What the processor has is not told here, and x264 believes an `asm` that the processor lacks.
        # Without the look-ahead's own thread there is no race; that costs a sixth of the time.
        return ["-x264-params", "sync-lookahead=0"]
    return x264_arguments_for(Path("/proc/cpuinfo").read_text(encoding="utf-8"))


def x264_arguments_for(cpuinfo: str) -> list[str]:
    """The same for an x86 processor, from the text of Linux's `/proc/cpuinfo`."""
    return ["-x264-params", "asm=avx2"] if _AVX512.search(cpuinfo) else []
