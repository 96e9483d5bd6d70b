"""A real S3 server on loopback, to be filled, killed and started again: SeaweedFS in one process."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.server import free_port

from surtitle.config import StorageProtocol, StorageSettings
from surtitle.storage.s3_signing import S3Bucket

START_SECONDS = 60
ACCESS_KEY, SECRET_KEY = "surtitle-tests", "tell-nobody/of+this=secret"
REGION = "us-east-1"

_PARTS = ("s3", "master", "volume", "filer", "admin")
_WITHOUT = (
    "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false",
)  # fmt: skip


class S3Server:
    """One server with one bucket and one pair of keys. What it holds is there again after a kill."""

    def __init__(self, folder: Path, bucket: str = "media") -> None:
        self.bucket = bucket
        self.access_key, self.secret_key = ACCESS_KEY, SECRET_KEY
        self._folder = folder
        self._ports = {part: free_port() for part in _PARTS}
        self._grpc_ports = {part: free_port() for part in _PARTS}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        return self._ports["s3"]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def storage_url(self) -> str:
        return f"s3://{self.bucket}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def variables(self) -> dict[str, str]:
        """What a process of ours is told to keep its files here."""
        return {
            "SURTITLE_STORAGE__URL": self.storage_url,
            "SURTITLE_STORAGE__ENDPOINT": self.endpoint,
            "SURTITLE_STORAGE__ACCESS_KEY": self.access_key,
            "SURTITLE_STORAGE__SECRET_KEY": self.secret_key,
        }

    def settings(self, prefix: str = "", **more: object) -> StorageSettings:
        """The same as settings; with a `prefix`, tests can share the bucket."""
        told = {
            "protocol": StorageProtocol.S3,
            "bucket": self.bucket,
            "prefix": prefix,
            "endpoint": self.endpoint,
            "access_key": self.access_key,
            "secret_key": self.secret_key,
        }
        return StorageSettings.model_validate({**told, **more})

    def start(self) -> None:
        """Start it and wait until it stores. The keys go by the environment: `ps` shows commands."""
        self._folder.mkdir(parents=True, exist_ok=True)
        ports = [f"-{part}.port={port}" for part, port in self._ports.items()]
        ports += [f"-{part}.port.grpc={port}" for part, port in self._grpc_ports.items()]
        where = [f"-dir={self._folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-bucket={self.bucket}"]
        keys = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        with (self._folder / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("weed"), "mini", *where, *ports, *_WITHOUT],
                env={**os.environ, **keys},
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        self._wait_until_it_stores()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _wait_until_it_stores(self) -> None:
        """Until an object can be written: the bucket is there some time before the disks are."""
        bucket = S3Bucket(self.bucket, REGION, self.access_key, self.secret_key, self.endpoint)
        deadline = time.monotonic() + START_SECONDS
        with httpx.Client(timeout=5, trust_env=False) as client:
            while time.monotonic() < deadline:
                try:
                    if client.put(bucket.signed("PUT", "started", 60), content=b"yes").is_success:
                        return
                except httpx.TransportError:
                    pass
                if self._process is None or self._process.poll() is not None:
                    break
                time.sleep(0.05)
        raise AssertionError(f"SeaweedFS did not start:\n{(self._folder / 'weed.log').read_text()[-4000:]}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
            self._process.wait(timeout=30)
        # It leaves sockets of its own between its parts, whose place cannot be set.
        for port in (*self._ports.values(), *self._grpc_ports.values()):
            for socket in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)


@contextmanager
def seaweedfs(folder: Path) -> Iterator[S3Server]:
    """A running S3 server while the block lasts."""
    server = S3Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()
