"""What a command leaves in the installation: as it was asked to, or since it could not write its result."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import DEADLINE_SECONDS, Cli, names_in, plugged_in, wait_until

Tone = Callable[..., Path]

# Notes each time that it is asked, and does not answer while there is a file named hold.
_PLUGIN = """
import pathlib, time
folder = pathlib.Path("{folder}")
class Counting:
    def transcribe(self, audio_path):
        with (folder / "asked").open("a") as asked:
            asked.write("again ")
        while (folder / "hold").exists():
            time.sleep(0.05)
        return {{"text": "Here it is."}}
"""


@pytest.fixture
def counting(cli: Cli, tmp_path: Path) -> Path:
    """The folder with the files of the engine."""
    cli.environment |= plugged_in("Counting", _PLUGIN.format(folder=tmp_path), tmp_path)
    return tmp_path


@pytest.fixture
def unwritten(cli: Cli, tone: Tone, counting: Path) -> subprocess.CompletedProcess[str]:
    """A command whose place became impossible while it was at work; by now it is possible again."""
    tone()
    (counting / "hold").touch()
    process = cli.start("transcribe", "talk.wav", "-o", "out/")
    wait_until(lambda: (counting / "asked").exists() or process.poll() is not None, "the engine begins")
    (cli.folder / "out").touch()
    (counting / "hold").unlink()
    _, told = process.communicate(timeout=DEADLINE_SECONDS)
    (cli.folder / "out").unlink()
    return subprocess.CompletedProcess(process.args, process.returncode, "", told.decode())


def _jobs(cli: Cli) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cli("jobs", "list", "--json").stdout)["items"]
    return found


def _job_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["files"]
    return str(told["job_id"])


def test_later_commands_leave_alone_what_was_kept(cli: Cli, tone: Tone) -> None:
    tone()
    kept = _job_of(cli("transcribe", "talk.wav", "--keep", "--json"))
    done = cli("transcribe", "talk.wav", "-f", "vtt")

    assert done.returncode == 0, done.stderr
    assert [job["id"] for job in _jobs(cli)] == [kept]


def test_a_finished_command_that_is_given_again_does_the_work_anew(
    cli: Cli, tone: Tone, counting: Path
) -> None:
    tone()
    command = ("transcribe", "talk.wav", "--keep", "--overwrite", "--json")
    kept = {_job_of(cli(*command)), _job_of(cli(*command))}

    assert {job["id"] for job in _jobs(cli)} == kept
    assert (counting / "asked").read_text() == "again " * 2


def test_a_recording_that_went_by_its_age_may_come_again(cli: Cli, tone: Tone) -> None:
    tone()
    _job_of(cli("transcribe", "talk.wav", "--keep", "--json"))
    purged = cli("purge", "--older-than", "0", "--kind", "recording")
    assert "1 recording" in purged.stdout, purged

    _job_of(cli("transcribe", "talk.wav", "--keep", "--overwrite", "--json"))


def test_a_result_that_could_not_be_written_is_kept_for_the_same_command(
    cli: Cli, counting: Path, unwritten: subprocess.CompletedProcess[str]
) -> None:
    assert unwritten.returncode == 1
    assert "out/talk.srt cannot be written" in unwritten.stderr
    assert "What was made is kept" in unwritten.stderr
    assert len(_jobs(cli)) == 1

    done = cli("transcribe", "talk.wav", "-o", "elsewhere/")
    assert done.returncode == 0, done.stderr
    assert "going on from there" in done.stderr
    assert "Here it is." in (cli.folder / "elsewhere" / "talk.srt").read_text()
    assert (counting / "asked").read_text() == "again "
    assert _jobs(cli) == []
    assert names_in(counting / "data" / "commands") == []


def test_kept_work_waits_while_its_place_is_still_impossible(
    cli: Cli, counting: Path, unwritten: subprocess.CompletedProcess[str]
) -> None:
    assert unwritten.returncode == 1
    (cli.folder / "file").touch()
    refused = cli("transcribe", "talk.wav", "-o", "file/talk.srt")
    assert (refused.returncode, len(_jobs(cli))) == (1, 1)

    assert cli("transcribe", "talk.wav", "-o", "out/").returncode == 0
    assert (counting / "asked").read_text() == "again "


def test_kept_work_whose_recording_was_deleted_is_done_anew(
    cli: Cli, counting: Path, unwritten: subprocess.CompletedProcess[str]
) -> None:
    assert unwritten.returncode == 1
    assert "1 recording" in cli("purge", "--older-than", "0", "--kind", "recording").stdout
    done = cli("transcribe", "talk.wav", "-o", "out/")

    assert done.returncode == 0, done.stderr
    assert (counting / "asked").read_text() == "again " * 2


@pytest.mark.parametrize("place", ["file/talk.srt", "/proc/talk.srt"])
def test_a_place_that_takes_no_file_is_told_before_the_work(
    cli: Cli, tone: Tone, counting: Path, place: str
) -> None:
    tone()
    (cli.folder / "file").touch()
    done = cli("transcribe", "talk.wav", "-o", place, "--overwrite")

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert not (counting / "asked").exists()
    assert names_in(cli.folder) == ["file", "talk.wav"]
    assert names_in(counting / "data" / "commands") == []


def test_a_name_of_many_large_letters_can_be_written(cli: Cli, tone: Tone) -> None:
    name = "会" * 82
    tone(f"{name}.wav")
    done = cli("transcribe", f"{name}.wav")

    assert done.returncode == 0, done.stderr
    assert (cli.folder / f"{name}.srt").exists()
