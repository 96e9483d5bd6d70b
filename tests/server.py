"""A real `surtitle serve` on a port of its own, to be talked to, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import psutil

from surtitle.config import Settings

START_SECONDS = 120
MODELS = Settings().models_directory


class Server:
    """One installation and the process that serves it. Always stop it: use it as a context."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "SURTITLE_DATA_DIR": str(data_dir),
            "SURTITLE_MODELS__DIRECTORY": str(MODELS),
            "SURTITLE_SERVER__PORT": str(self.port),
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data_dir.parent / f"{data_dir.name}.log"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "surtitle", "serve"],
                env=self._environment,
                stdout=log,
                stderr=log,
                cwd=self.data_dir.parent,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/health/live", timeout=2).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"the server did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self, signal_number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(signal_number)
        return self.process.wait(timeout=60)

    def family(self) -> dict[str, list[psutil.Process]]:
        """The processes below the server by what they are: worker, engine, ffmpeg, probe."""
        assert self.process is not None
        found: dict[str, list[psutil.Process]] = {"worker": [], "engine": [], "ffmpeg": [], "probe": []}
        try:
            children = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return found
        for child in children:
            kind = _kind(child)
            if kind is not None:
                found[kind].append(child)
        return found

    def __enter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    # The API, as a client that retries would use it.

    def upload(self, path: Path, key: str | None = None) -> str:
        headers = {"Idempotency-Key": key} if key else {}
        with path.open("rb") as file:
            answer = httpx.post(
                f"{self.url}/api/media", files={"file": (path.name, file)}, headers=headers, timeout=120
            )
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["id"])

    def begin(self, key: str | None = None, **wish: Any) -> str:
        headers = {"Idempotency-Key": key} if key else {}
        answer = httpx.post(f"{self.url}/api/jobs", json=wish, headers=headers, timeout=30)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])

    def job(self, job_id: str) -> dict[str, Any]:
        document: dict[str, Any] = httpx.get(f"{self.url}/api/jobs/{job_id}", timeout=30).json()
        return document

    def wait(self, job_id: str, seconds: float = 240) -> dict[str, Any]:
        """The job once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job = self.job(job_id)
            if job["state"] in {"succeeded", "failed", "cancelled"}:
                return job
            time.sleep(0.1)
        raise AssertionError(f"job {job_id} did not end: {self.job(job_id)}\n{self.log.read_text()[-4000:]}")


def _kind(process: psutil.Process) -> str | None:
    marks = {
        "surtitle.engines.host.child": "engine",
        "surtitle.media.child": "probe",
        "ffmpeg": "ffmpeg",
        "worker": "worker",
    }
    try:
        command = " ".join(process.cmdline())
    except psutil.Error:
        return None
    return next((kind for mark, kind in marks.items() if mark in command), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
