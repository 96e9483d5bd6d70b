"""Ties between a parent and its child process that survive `kill -9` of either."""

import ctypes
import os
import signal
import sys
import threading
import time

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
