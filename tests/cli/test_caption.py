from pathlib import Path

import av
import numpy as np
import pytest
from tests.cli.conftest import Cli


def _picture(path: Path, second: float) -> np.ndarray:
    with av.open(str(path)) as container:
        frame = next(frame for frame in container.decode(video=0) if frame.time >= second)
        return frame.to_ndarray(format="gray").astype(int)


def test_captions_are_drawn_into_a_copy_beside_the_film(cli: Cli, film: Path) -> None:
    done = cli(
        "caption", "talk.mp4", "--karaoke", "--colour", "#00FF00", "--size", "9", "--preset", "ultrafast"
    )

    assert done.returncode == 0, done.stderr
    captioned = film.with_name("talk.captioned.mp4")
    lower = slice(130, 180)
    difference = np.abs(_picture(film, 2.0) - _picture(captioned, 2.0))
    assert difference[lower].mean() > 4 * difference[:100].mean()


@pytest.mark.usefixtures("film")
def test_soft_captions_are_a_track(cli: Cli) -> None:
    done = cli("caption", "talk.mp4", "--soft", "--output", "out.mkv")

    assert done.returncode == 0, done.stderr
    with av.open(str(cli.folder / "out.mkv")) as container:
        assert [stream.codec_context.name for stream in container.streams.subtitles] == ["srt"]


@pytest.mark.usefixtures("film")
@pytest.mark.parametrize(
    ("options", "expected"),
    [(("--colour", "green"), "colour"), (("--quality", "99"), "quality"), (("--preset", "warp"), "preset")],
)
def test_a_wrong_style_is_told_before_any_work(cli: Cli, options: tuple[str, str], expected: str) -> None:
    done = cli("caption", "talk.mp4", *options)

    assert done.returncode == 2
    assert expected in done.stderr
