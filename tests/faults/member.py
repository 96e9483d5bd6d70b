"""One process of a cluster, started by the real command line: to be killed, stopped and started again."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

ON_A_MACHINE_OF_ITS_OWN = ("unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"')
_DRAIN_SECONDS = 60


class Member:
    """An API process or a worker. It counts as another machine: another host name, a data folder of its own.

    Only its lease can tell the others that it is gone, then.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        *,
        inside: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.data_dir = folder / name
        self.log = folder / f"{name}.log"
        self._command = [
            *inside,
            *(*ON_A_MACHINE_OF_ITS_OWN, name),
            *(sys.executable, "-m", "surtitle", *arguments),
        ]
        self._environment = {**os.environ, "SURTITLE_DATA_DIR": str(self.data_dir), **variables}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, cwd=self.log.parent
            )

    def kill(self) -> None:
        """`kill -9`, and start again: what any supervisor does."""
        self.send(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()
        self.start()

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
        try:
            self._process.wait(timeout=_DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self._process.wait()
            raise AssertionError(f"{self.name} did not stop:\n{self.last_words()}") from None

    def children(self) -> list[psutil.Process]:
        """Engine hosts, ffmpeg and probes below this process."""
        try:
            return psutil.Process(self.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def last_words(self) -> str:
        return f"--- {self.name}\n{self.log.read_text(errors='replace')[-3000:]}"
