"""Who holds a lease: a process that can be told from every other, also after its id is used again."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from surtitle.errors import Invalid


@dataclass(frozen=True, slots=True)
class Owner:
    """A worker process: its machine (host name and pid namespace), pid and start time."""

    machine: str
    pid: int
    started: int

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}/{self.started}"

    @classmethod
    def parse(cls, text: str) -> "Owner":
        try:
            machine, pid, started = text.rsplit("/", 2)
            return cls(machine, int(pid), int(started))
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
        """Whether this process ran on this machine and is gone, so that no lease need run out."""
        if self.machine != machine():
            return False
        try:
            return _started(self.pid) != self.started
        except psutil.NoSuchProcess:
            return True


def machine() -> str:
    """The host name; on Linux with the pid namespace, since containers may share a host name."""
    namespace = Path("/proc/self/ns/pid")
    return socket.gethostname() + (f"#{namespace.stat().st_ino}" if namespace.exists() else "")


def _started(pid: int) -> int:
    process = psutil.Process(pid)
    if process.status() == psutil.STATUS_ZOMBIE:
        raise psutil.NoSuchProcess(pid)
    return int(process.create_time() * 100)
