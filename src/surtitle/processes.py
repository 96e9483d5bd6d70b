"""Ties between a parent and its child process that survive `kill -9` of either."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1

_MEMORY_LIMIT = Path("/sys/fs/cgroup/memory.max")
_MOST_BYTES = 3 * 1024**3
_LEAST_BYTES = 256 * 1024**2
_SHARE = 3
_MEMORY = "--memory-bytes="


def die_with_parent(parent_pid: int, signal_number: int = signal.SIGKILL) -> None:
    """Make sure that this process ends when `parent_pid` does. Call it first, in the child.

    Linux asks the kernel (prctl(2), PR_SET_PDEATHSIG: it follows the parent's *thread*, so parents
    start children from their main thread). Elsewhere a thread watches for being re-parented.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent_pid, signal_number), daemon=True).start()
    # The parent may have died before the request took hold.
    if os.getppid() != parent_pid:
        os.kill(os.getpid(), signal_number)


def _watch(parent_pid: int, signal_number: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(0.5)
    os.kill(os.getpid(), signal_number)


def childs_memory_bytes(container_limit: Path = _MEMORY_LIMIT) -> int:
    """How much memory a child may take that reads what somebody sent: 3 GiB, and in a container (cgroup v2) a
    third of what all of it may. The child then fails alone; the container would be killed whole.
    """
    try:
        told = container_limit.read_text(encoding="ascii").strip()
    except OSError:
        return _MOST_BYTES
    return max(_LEAST_BYTES, min(_MOST_BYTES, int(told) // _SHARE)) if told.isdigit() else _MOST_BYTES


def limit_memory(size_bytes: int) -> None:
    """Let this process and what it becomes have no more memory to write to. Raises `OSError`, `ValueError`
    where the system cannot; on Linux it can.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (size_bytes, size_bytes))


def tethered(command: Sequence[str], memory_bytes: int = 0) -> list[str]:
    """`command`, to be run so that it ends when this process does. Start it from the main thread.
    `memory_bytes` is the most that it may have on Linux; 0 for all that there is.

    Some programs notice neither a closed pipe nor a parent that died by `kill -9`.
    """
    # -P: the folder that it works in must not be a place to import from.
    limit = [f"{_MEMORY}{memory_bytes}"] if memory_bytes else []
    return [sys.executable, "-P", "-m", __name__, str(os.getpid()), *limit, *command]


def _run_tethered(parent_pid: int, command: list[str]) -> int:
    memory_bytes = int(command.pop(0).removeprefix(_MEMORY)) if command[0].startswith(_MEMORY) else 0
    if sys.platform == "linux":
        # The kernel keeps the request across execv, so this process becomes the program.
        die_with_parent(parent_pid)
        if memory_bytes:
            limit_memory(memory_bytes)
        os.execv(command[0], command)  # noqa: S606 - no shell: the list is ours
    # Where the kernel offers no such request, stay and watch.
    with subprocess.Popen(command) as child:
        while True:
            try:
                return child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                if os.getppid() != parent_pid:
                    child.kill()


if __name__ == "__main__":
    sys.exit(_run_tethered(int(sys.argv[1]), sys.argv[2:]))
