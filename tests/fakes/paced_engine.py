"""The dummy engine at a settable pace, and hungry for memory when told.

`PACED_ENGINE` names a folder, read at each window: `pace` holds the seconds that a window takes; `hunger`,
a way to run out of memory, works once.
"""

import os
import resource
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from surtitle.domain.options import TranscriptionOptions
from surtitle.domain.recognition import RecognizedWindow, Window, WindowCursor
from surtitle.engines.builtin.dummy import DummyTranscriber
from surtitle.engines.registry import Capability, EngineSpec

VARIABLE = "PACED_ENGINE"
BY_LIMIT = "limit"
PACED = EngineSpec(
    name="paced",
    capability=Capability.TRANSCRIBER,
    factory="paced_engine:PacedTranscriber",
    model="paced",
    divisible=True,
)

_MIB = 1024**2


class PacedTranscriber(DummyTranscriber):
    """What the dummy says, window by window."""

    def _made_up(
        self, windows: Iterable[Window], options: TranscriptionOptions, start: WindowCursor
    ) -> Iterator[RecognizedWindow]:
        folder = Path(os.environ[VARIABLE])
        for window in super()._made_up(windows, options, start):
            # Not time.sleep: it fails under libfaketime.
            threading.Event().wait(float((folder / "pace").read_text()))
            _be_hungry(folder / "hunger")
            yield window


def _be_hungry(order: Path) -> None:
    """Run out of memory as `order` says: by a limit on addresses (malloc fails), or in the control group
    of that path (the kernel kills).
    """
    try:
        how = order.read_text()
        order.unlink()
    except FileNotFoundError:
        return
    if how == BY_LIMIT:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        used_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used_bytes + 64 * _MIB, hard))
    else:
        (Path(how) / "cgroup.procs").write_text(str(os.getpid()))
    eaten = []
    while True:
        eaten.append(bytearray(os.urandom(16 * _MIB)))
