import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Cli, assert_gone, descendants, names_in, plugged_in, wait_until

Tone = Callable[..., Path]

# Waits for ever when it is asked the first time, and answers when it is asked again.
_PLUGIN = """
import pathlib, time
class Slow:
    def transcribe(self, audio_path):
        begun = pathlib.Path("{folder}/begun")
        if not begun.exists():
            begun.touch()
            time.sleep(600)
        return {{"text": "At last."}}
"""


@pytest.fixture
def slow_engine(cli: Cli, tmp_path: Path) -> Path:
    """The file that shows that the engine is at work."""
    cli.environment |= plugged_in("Slow", _PLUGIN.format(folder=tmp_path), tmp_path)
    return tmp_path / "begun"


def _begin(cli: Cli, slow_engine: Path, *options: str) -> subprocess.Popen[bytes]:
    process = cli.start("transcribe", "talk.wav", *options)
    wait_until(lambda: slow_engine.exists() or process.poll() is not None, "the engine begins")
    assert process.poll() is None, process.stderr and process.stderr.read()
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_command_leaves_nothing_behind(
    cli: Cli, tone: Tone, slow_engine: Path, number: signal.Signals, code: int
) -> None:
    tone()
    process = _begin(cli, slow_engine)
    children = descendants(process)
    assert children
    process.send_signal(number)

    assert process.wait(timeout=90) == code
    assert_gone(children)
    assert names_in(cli.folder) == ["talk.wav"]
    assert json.loads(cli("jobs", "list", "--json").stdout)["items"] == []


def test_the_same_command_after_a_kill_goes_on_with_the_same_job(
    cli: Cli, tone: Tone, slow_engine: Path
) -> None:
    tone()
    process = _begin(cli, slow_engine)
    children = descendants(process)
    process.kill()
    process.wait()
    assert_gone(children)
    assert names_in(cli.folder) == ["talk.wav"]
    (left,) = json.loads(cli("jobs", "list", "--json").stdout)["items"]

    done = cli("transcribe", "talk.wav", "--keep", "--json")
    assert done.returncode == 0, done.stderr
    assert "going on from there" in done.stderr
    assert json.loads(done.stdout)["files"][0]["job_id"] == left["id"]
    assert "At last." in (cli.folder / "talk.srt").read_text()


def test_two_commands_do_not_do_the_same_work_at_once(cli: Cli, tone: Tone, slow_engine: Path) -> None:
    tone()
    _begin(cli, slow_engine)
    second = cli("transcribe", "talk.wav")

    assert second.returncode == 1
    assert "the very same work" in second.stderr


def test_what_a_killed_command_was_to_keep_stays_though_another_finishes_it(
    cli: Cli, tone: Tone, slow_engine: Path
) -> None:
    tone()
    process = _begin(cli, slow_engine, "--keep")
    children = descendants(process)
    process.kill()
    process.wait()
    assert_gone(children)

    done = cli("transcribe", "talk.wav")
    assert done.returncode == 0, done.stderr
    (kept,) = json.loads(cli("jobs", "list", "--json").stdout)["items"]
    assert kept["state"] == "succeeded"
