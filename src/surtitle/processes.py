"""Ties between a parent and its child process that survive `kill -9` of either."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


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


def tethered(command: Sequence[str]) -> list[str]:
    """`command`, to be run so that it ends when this process does. Start it from the main thread.

    Some programs notice neither a closed pipe nor a parent that died by `kill -9`.
    """
    # -P: the folder that it works in must not be a place to import from.
    return [sys.executable, "-P", "-m", __name__, str(os.getpid()), *command]


def _run_tethered(parent_pid: int, command: list[str]) -> int:
    if sys.platform == "linux":
        # The kernel keeps the request across execv, so this process becomes the program.
        die_with_parent(parent_pid)
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
