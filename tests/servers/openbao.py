"""OpenBao, Vault's open fork, on loopback: all of it in memory, with everything allowed to its root token."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from tests.server import free_port

START_SECONDS = 60
ROOT_TOKEN = "root"


class BaoServer:
    """One server. `do` asks it as root."""

    def __init__(self, address: str, root: httpx.Client, process: subprocess.Popen[bytes]) -> None:
        self.address = address
        self.root = root
        self.process = process

    def do(self, method: str, path: str, **wish: Any) -> Any:
        answer = self.root.request(method, path, json=wish or None)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json() if answer.content else None


@contextmanager
def bao_server(folder: Path) -> Iterator[BaoServer]:
    """The server while the block lasts; its log is in `folder`."""
    address = f"http://127.0.0.1:{free_port()}"
    program = str(Path(sys.executable).with_name("bao"))
    options = ["-dev", f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token", "-log-level=error"]
    with (folder / "openbao.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "server", *options, f"-dev-listen-address={address.removeprefix('http://')}"],
            stdout=log,
            stderr=log,
        )
        try:
            headers = {"X-Vault-Token": ROOT_TOKEN}
            with httpx.Client(base_url=f"{address}/v1", headers=headers, timeout=20, trust_env=False) as root:
                _wait(root, process)
                yield BaoServer(address, root, process)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(root: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if root.get("/sys/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("OpenBao did not start")
