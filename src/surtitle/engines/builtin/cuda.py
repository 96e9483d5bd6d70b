"""Whether recognition can use a GPU here."""

import importlib.util
import sys
from pathlib import Path


def cuda_device_count() -> int:
    """How many GPUs CTranslate2 can use. Loads it only where a driver is to be found, since that takes
    time and memory in processes that never recognise anything.
    """
    if sys.platform != "linux" or not Path("/dev/nvidiactl").exists():
        return 0
    if importlib.util.find_spec("ctranslate2") is None:
        return 0
    import ctranslate2  # noqa: PLC0415

    return int(ctranslate2.get_cuda_device_count())
