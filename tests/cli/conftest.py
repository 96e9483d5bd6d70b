"""The real program, run as people run it, in an installation of the test's own."""

import os
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import imageio_ffmpeg
import psutil
import pytest
from tests.cli import ready

from surtitle.config import Settings

DEADLINE_SECONDS = 120


@dataclass
class Cli:
    """Runs `surtitle` in `folder`, with a data directory beside it."""

    folder: Path
    environment: dict[str, str]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __call__(
        self, *arguments: object, stdin: bytes = b"", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        environment = self.environment | variables
        if not stdin and ready.is_for_it(environment):
            return ready.run([*map(str, arguments)], self.folder, environment, DEADLINE_SECONDS)
        done = subprocess.run(
            _command(arguments),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=environment,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[bytes]:
        """A command that goes on by itself; it is killed at the end of the test."""
        process = subprocess.Popen(
            _command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment | variables,
            start_new_session=True,
        )
        self.running.append(process)
        return process


def _command(arguments: tuple[object, ...]) -> list[str]:
    return [sys.executable, "-m", "surtitle", *map(str, arguments)]


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SURTITLE_")}
    folder = tmp_path / "work"
    folder.mkdir()
    runner = Cli(
        folder,
        own
        | {
            "SURTITLE_DATA_DIR": str(tmp_path / "data"),
            "SURTITLE_MODELS__DIRECTORY": str(Settings().models_directory),
            "SURTITLE_ENGINES__TRANSCRIBER": "dummy",
        },
    )
    yield runner
    for process in runner.running:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def tone(cli: Cli) -> Callable[..., Path]:
    """Writes a wave file of the wanted length; the dummy engine only looks at that."""

    def write(name: str = "talk.wav", seconds: float = 6.0) -> Path:
        path = cli.folder / name
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(2 * round(8000 * seconds)))
        return path

    return write


@pytest.fixture
def film(cli: Cli) -> Path:
    path = cli.folder / "talk.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=10:d=6", "-f", "lavfi", "-i", "sine=d=6"]
    program = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run([program, "-loglevel", "error", *inputs, "-shortest", str(path)], check=True)
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def plugged_in(engine: str, program: str, folder: Path) -> dict[str, str]:
    """Variables that make the class of `program` which is called `engine` the transcriber."""
    (folder / "plugged_engine.py").write_text(program)
    return {
        "PYTHONPATH": str(folder),
        "SURTITLE_ENGINES__PLUGIN": f"plugged_engine:{engine}",
        "SURTITLE_ENGINES__TRANSCRIBER": "plugin",
    }


def wait_until(true: Callable[[], object], what: str, seconds: float = DEADLINE_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"did not happen: {what}"
        time.sleep(0.05)


def assert_gone(processes: list[psutil.Process], seconds: float = 30.0) -> None:
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    assert not alive, f"left behind: {[process.cmdline() for process in alive]}"
