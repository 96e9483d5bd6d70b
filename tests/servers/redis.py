"""A real Redis on loopback, to be talked to, killed and started again."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from tests.server import free_port

PASSWORD = "hunter2 & co"
START_SECONDS = 30

_QUOTED = "hunter2%20%26%20co"


class RedisServer:
    """One server on a port of its own. `persistent`: what it held is there again after a kill."""

    def __init__(self, folder: Path, *, persistent: bool) -> None:
        self.port = free_port()
        self.url = f"redis://:{_QUOTED}@127.0.0.1:{self.port}/0"
        self._folder = folder
        self._persistent = persistent
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers. The password goes by standard input: `ps` shows commands."""
        self._folder.mkdir(parents=True, exist_ok=True)
        keeping = "appendonly yes\nappendfsync always" if self._persistent else 'appendonly no\nsave ""'
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["redis-server", "-"], stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self._folder
            )
        assert self._process.stdin is not None
        place = f"port {self.port}\nbind 127.0.0.1\ndir {self._folder}"
        self._process.stdin.write(f'{place}\nrequirepass "{PASSWORD}"\n{keeping}\n'.encode())
        self._process.stdin.close()
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def command(self, *words: str) -> Any:
        """The answer to one command, such as `FLUSHALL`."""
        with Redis.from_url(self.url, socket_timeout=5) as client:
            return client.execute_command(*words)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self.command("PING")
            except RedisError:
                pass
            else:
                return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"Redis did not start:\n{(self._folder / 'redis.log').read_text()[-4000:]}")

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)
            self._process.wait(timeout=30)


@contextmanager
def redis_server(folder: Path, *, persistent: bool = False) -> Iterator[RedisServer]:
    """A running Redis while the block lasts."""
    server = RedisServer(folder, persistent=persistent)
    try:
        server.start()
        yield server
    finally:
        server.stop()
