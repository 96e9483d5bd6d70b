"""`surtitle film`, run as people run it: the local voice is real, the engine paints one colour."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Cli
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
