"""Has imported what commands need, and becomes each command in a copy of itself: importing takes two seconds.

    python ready_program.py SOCKET

For each message in that socket (a JSON object with the command's `arguments`, `folder` and `environment`;
beside it its standard streams and a socket to answer in) there is a new process, from there on as one
that was started. The answers are its id, and how it ended as `os.waitpid` tells it.
"""

import gc
import importlib
import json
import os
import random
import signal
import socket
import sys
import time
from typing import Any

from surtitle.cli.app import COMMANDS

_MOST_BYTES = 1024 * 1024
_FURTHER = (
    "surtitle.bootstrap.installation",
    "surtitle.bootstrap.worker",
    "surtitle.cli.batch.command",
    "surtitle.cli.job_tables",
    "surtitle.cli.transcript_tables",
    "surtitle.db.migrate",
)


def wished(asked: socket.socket) -> dict[str, Any] | None:
    """In a process of its own: the command that it is to be. None: nobody asks any more."""
    while True:
        message, descriptors, *_ = socket.recv_fds(asked, _MOST_BYTES, 4)
        if not message:
            return None
        # One for the command, and one that waits for it, which is nobody's to wait for.
        if os.fork() == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, answers = descriptors
    command = os.fork()
    if command:
        with socket.socket(fileno=answers) as answering:
            answering.send(str(command).encode())
            answering.send(str(os.waitpid(command, 0)[1]).encode())
        os._exit(0)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 1024)
    return dict(json.loads(message))


def become(wish: dict[str, Any]) -> None:
    """What Python does before a program begins."""
    os.chdir(wish["folder"])
    os.environ.clear()
    os.environ.update(wish["environment"])
    time.tzset()
    random.seed()
    sys.argv = ["surtitle", *wish["arguments"]]
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False, buffering=1)  # noqa: SIM115


def main() -> None:
    asked = socket.socket(fileno=int(sys.argv[1]))
    for place in COMMANDS.values():
        importlib.import_module(f"surtitle.cli.{place.module}")
    for name in _FURTHER:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    wish = wished(asked)
    if wish is None:
        return
    asked.detach()
    become(wish)
    from surtitle.cli import main as command  # noqa: PLC0415 - as `python -m surtitle` begins

    command()


if __name__ == "__main__":
    main()
