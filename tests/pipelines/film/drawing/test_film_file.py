import resource
from pathlib import Path

import av
import pytest
from tests.films import film_facts

from surtitle.errors import StorageFull
from surtitle.pipelines.film.drawing.film_file import film_file


def draw(output: Path, frames: int = 12, width: int = 160, height: int = 90) -> None:
    with film_file(output, width, height, 25, 2) as film:
        for number in range(frames):
            sheet = film.blank()
            sheet.pixels[:] = (0, 0, 20 * number % 256, 255)
            film.take(sheet)


def test_every_frame_is_in_the_file_once_and_twice_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a.mp4", tmp_path / "b.mp4"
    draw(first)
    draw(second)
    facts = film_facts(first)
    assert (facts.codec, facts.size, facts.rate, facts.frames) == ("h264", (160, 90), 25.0, 12)
    assert len(set(facts.hashes)) == 12
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.mp4", "b.mp4"]


def test_colours_come_back_as_they_were_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        frames = list(film.decode(video=0))
        assert film.streams.video[0].codec_context.color_trc == 1
    red = frames[10].to_ndarray(format="rgb24")[45, 80]
    assert abs(int(red[0]) - 200) < 6
    assert max(red[1:]) < 8


def give_up(output: Path) -> None:
    with film_file(output, 160, 90, 25, 1) as film:
        film.take(film.blank())
        raise KeyError


def test_a_film_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        give_up(tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, usual[1]))
    try:
        with pytest.raises(StorageFull, match="disk ran full"):
            draw(tmp_path / "film.mp4", frames=60)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert list(tmp_path.iterdir()) == []
