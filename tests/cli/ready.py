"""Commands without the two seconds that importing takes; see `ready_program.py`."""

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_PROGRAM = Path(__file__).with_name("ready_program.py")
_READ_BEFORE_ANY_COMMAND = ("PYTHON", "LD_", "LC_", "LANG", "MALLOC_", "OMP_", "OTEL_", "PROMETHEUS_")


def is_for_it(environment: Mapping[str, str]) -> bool:
    """Whether nothing was set differently that is looked at before a command begins. On Linux only: elsewhere
    a process that has imported much cannot safely be copied, and such sockets keep no messages apart.
    """
    names = {*environment, *os.environ}
    return sys.platform == "linux" and all(
        environment.get(name) == os.environ.get(name)
        for name in names
        if name.startswith(_READ_BEFORE_ANY_COMMAND)
    )


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout_seconds: float
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` of `surtitle` with nothing on its standard input. Raises `TimeoutExpired`."""
    wish = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
    answers, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    answers.settimeout(timeout_seconds)
    nothing, end_of_nothing = os.pipe()
    os.close(end_of_nothing)
    with answers, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as error:
        streams = [nothing, out.fileno(), error.fileno()]
        with theirs:
            socket.send_fds(_ready(), [json.dumps(wish).encode()], [*streams, theirs.fileno()])
        os.close(nothing)
        command = int(answers.recv(32))
        try:
            status = int(answers.recv(32))
        except TimeoutError:
            os.kill(command, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout_seconds) from None
        told = []
        for stream in (out, error):
            stream.seek(0)
            told.append(stream.read().decode())
        return subprocess.CompletedProcess(arguments, os.waitstatus_to_exitcode(status), *told)


@functools.cache
def _ready() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        program = subprocess.Popen(
            [sys.executable, "-P", str(_PROGRAM), str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        program.wait(timeout=30)

    atexit.register(end)
    return ours
