"""Who holds a lease: a process that can be told from every other, also after its id is used again."""

import os
import socket
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from surtitle.errors import Invalid


@dataclass(frozen=True, slots=True)
class Owner:
    """A worker process: its machine (host name and pid namespace), pid and start.

    `started` tells processes apart that had the same pid one after another. It does not depend on
    the wall clock: a clock that is set must not make a living worker look dead.
    """

    machine: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}/{self.started}"

    @classmethod
    def parse(cls, text: str) -> "Owner":
        try:
            machine, pid, started = text.rsplit("/", 2)
            return cls(machine, int(pid), started)
        except ValueError:
            raise Invalid(f"{text[:80]!r} is not the name of a worker.") from None

    @classmethod
    def this_process(cls) -> "Owner":
        return cls.of_process(os.getpid())

    @classmethod
    def of_process(cls, pid: int) -> "Owner":
        """A process of this machine. Raises psutil.NoSuchProcess."""
        return cls(machine(), pid, _started(pid))

    @property
    def certainly_dead(self) -> bool:
        """Whether this process ran on this machine and is gone, so that no lease need run out.

        One of an earlier boot is not certain to be: machines that were made from one image bear one name, and
        it may run on another of them.
        """
        if self.machine != machine() or not _began_in_this_boot(self.started):
            return False
        try:
            return _started(self.pid) != self.started
        except psutil.NoSuchProcess:
            return True
        except psutil.AccessDenied:
            return False


def machine() -> str:
    """The host name; on Linux with the pid namespace, since containers may share a host name."""
    namespace = Path("/proc/self/ns/pid")
    return socket.gethostname() + (f"#{namespace.stat().st_ino}" if namespace.exists() else "")


def _started(pid: int) -> str:
    """When a process began, as a name. Raises psutil.NoSuchProcess, also for a zombie, and
    psutil.AccessDenied for one that is hidden from us.

    Linux: the boot and the clock ticks since it (proc(5), field 22 of /proc/pid/stat). psutil adds the
    time of boot, which the kernel works out anew from the wall clock, and moves by a second now
    and then. Elsewhere the kernel keeps the moment itself.
    """
    if sys.platform != "linux":
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            raise psutil.NoSuchProcess(pid)
        return str(int(process.create_time() * 100))
    try:
        # The second field is the program's name in brackets, and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        raise _why_unreadable(pid) from None
    state, ticks = fields[0], fields[19]
    if state in "ZX":
        raise psutil.NoSuchProcess(pid)
    return f"{_boot()}-{ticks}"


def _why_unreadable(pid: int) -> psutil.Error:
    """Where `/proc` is mounted with `hidepid`, the processes of other users are not in it."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return psutil.NoSuchProcess(pid)
    except PermissionError:
        pass
    return psutil.AccessDenied(pid)


def _began_in_this_boot(started: str) -> bool:
    return sys.platform != "linux" or started.partition("-")[0] == _boot()


@cache
def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
