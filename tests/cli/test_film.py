"""`surtitle film`, run as people run it: the local voice is real, the engine paints one colour."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import DEADLINE_SECONDS, Cli
from tests.fakes.installing import with_engines
from tests.pipelines.film.film_bench import streams_of

SMALL = ("--engine", "painted", "--resolution", "360p", "--fps", "8")


@pytest.fixture
def painting(cli: Cli, tmp_path: Path) -> Cli:
    cli.environment |= with_engines(tmp_path / "engines", {"painted": "film_engines:PAINTED"})
    return cli


def test_a_text_becomes_a_film_and_nothing_else_is_left(painting: Cli) -> None:
    cli = painting
    done = cli(
        "film", "-", *SMALL, "--captions", "sidecar", "--out", "sea.mp4", "--json",
        stdin=b"The sea is wide. It is cold.",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = streams_of(cli.folder / "sea.mp4")
    assert (found["size"], found["audio"]) == ((640, 360), ["aac"])
    assert "The sea is wide." in (cli.folder / "sea.srt").read_text()
    (told,) = json.loads(done.stdout)["files"]
    assert (told["state"], told["outputs"]) == ("succeeded", ["sea.mp4", "sea.srt"])
    assert told["media_seconds"] == pytest.approx(found["seconds"], abs=0.1)
    assert "of film in" in done.stderr
    assert "no job" in cli("jobs", "list").stdout.lower() or not cli("jobs", "list").stdout.strip()
    again = cli("film", "Other words.", *SMALL, "--out", "sea.mp4")
    assert again.returncode != 0
    assert "--overwrite" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "Say what the film tells"),
        (("🎬",), "no word"),
        (("The sea.", "--resolution", "2160p"), "SURTITLE_FILMS__LARGEST"),
        (("The sea.", "--music", "nowhere.mp3"), "nowhere.mp3"),
    ],
)
def test_what_cannot_be_made_is_told_and_leaves_nothing(
    cli: Cli, arguments: tuple[str, ...], told: str
) -> None:
    done = cli("film", *arguments)
    assert done.returncode != 0
    assert told in done.stderr
    assert list(cli.folder.iterdir()) == []


def test_a_film_that_is_half_written_is_finished_by_the_same_command(painting: Cli, tmp_path: Path) -> None:
    cli, log = painting, tmp_path / "painted.log"
    cli.environment["FAKE_FILM_LOG"] = str(log)
    command = ("film", "The sea is wide.", *SMALL, "--captions", "sidecar", "--out", "sea.mp4")
    process = cli.start(*command)
    assert process.stderr is not None
    while b"%" not in (line := process.stderr.readline()):
        assert line, "it ended without progress"
    (cli.folder / "sea.srt").mkdir()
    _, told = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 1
    assert b"sea.srt cannot be written" in told
    assert b"What was made is kept" in told
    assert (cli.folder / "sea.mp4").exists()
    painted = log.read_text()

    (cli.folder / "sea.srt").rmdir()
    done = cli(*command)
    assert done.returncode == 0, done.stderr
    assert "The sea is wide." in (cli.folder / "sea.srt").read_text()
    assert log.read_text() == painted
    assert json.loads(cli("jobs", "list", "--json").stdout)["items"] == []


def test_a_kept_film_is_left_alone_by_a_later_command(painting: Cli) -> None:
    cli = painting
    kept = cli("film", "The sea.", *SMALL, "--out", "sea.mp4", "--keep", "--json")
    assert kept.returncode == 0, kept.stderr
    (told,) = json.loads(kept.stdout)["files"]
    done = cli("film", "The sea.", *SMALL, "--out", "other.mp4")

    assert done.returncode == 0, done.stderr
    assert [job["id"] for job in json.loads(cli("jobs", "list", "--json").stdout)["items"]] == [
        told["job_id"]
    ]


def test_a_film_that_cannot_be_written_is_told_before_the_work(painting: Cli, tmp_path: Path) -> None:
    log = tmp_path / "painted.log"
    painting.environment["FAKE_FILM_LOG"] = str(log)
    done = painting("film", "The sea.", *SMALL, "--out", "/proc/sea.mp4")

    assert done.returncode == 1
    assert "/proc/sea.mp4 cannot be written" in done.stderr
    assert not log.exists()
