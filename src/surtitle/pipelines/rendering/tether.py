"""Runs a program that must not outlive the process that asked for it.

    python -m surtitle.pipelines.rendering.tether PARENT_PID PROGRAM ARGUMENT...

ffmpeg notices neither a closed progress pipe nor the end of its input, so a worker that dies by
`kill -9` would leave it writing for hours. Start it from the main thread: the kernel's request
follows the thread that started the child.
"""

import os
import subprocess
import sys

from surtitle.processes import die_with_parent


def main() -> None:
    parent_pid, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        # The kernel keeps the request across execv, so this process becomes the program.
        die_with_parent(parent_pid)
        os.execv(command[0], command)  # noqa: S606 - no shell: the list is ours
    sys.exit(_supervise(command, parent_pid))


def _supervise(command: list[str], parent_pid: int) -> int:
    """Where the kernel offers no such request, stay and watch."""
    with subprocess.Popen(command) as child:
        while True:
            try:
                return child.wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                if os.getppid() != parent_pid:
                    child.kill()


if __name__ == "__main__":
    main()
