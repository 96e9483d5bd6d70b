"""The engine `fal`: films that begin with a picture."""

import base64
from dataclasses import replace
from pathlib import Path

import av
import pytest
from tests.fakes.fal_server import FalServer
from tests.fakes.film_control import KeptControl
from tests.fal_films import LTX, REQUEST, FalEngine
from tests.films import painted_png

from surtitle.engines.builtin.film_encoding import ffmpeg_program
from surtitle.engines.builtin.starting_picture import fitted_pixels
from surtitle.engines.video_errors import FalRequestLost
from surtitle.errors import Invalid


def test_a_film_begins_with_the_picture_that_was_given_and_is_still_paid_for_once(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    (tmp_path / "view").write_bytes(painted_png(400, 100))
    request = replace(REQUEST, pictures=(tmp_path / "view",), duration_seconds=9.0)
    # Its answer is lost, and fal lists where it has laid the picture.
    fal.submits, fal.laid = ["taken, then silence"], "https://v3.fal.media/files/view.jpg"
    fal_engine().generate(request, tmp_path / "film.mp4", KeptControl())
    assert [asked.model for asked in fal.requests.values()] == [f"{LTX}/image-to-video", LTX]
    sent = fal.requests["r-1"].arguments["image_url"]
    jpeg = base64.b64decode(sent.removeprefix("data:image/jpeg;base64,"))
    (tmp_path / "sent.jpg").write_bytes(jpeg)
    assert fitted_pixels(ffmpeg_program(None), tmp_path / "sent.jpg", (64, 36)).mean(axis=(0, 1)) == (
        pytest.approx([0, 128, 128], abs=3)
    )
    with av.open(str(tmp_path / "sent.jpg")) as still:
        picture = still.streams.video[0]
        assert (picture.width, picture.height) == (1280, 720)


def test_a_model_that_cannot_begin_with_a_picture_is_asked_for_nothing(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    request = replace(REQUEST, pictures=(tmp_path / "view.png",))
    with pytest.raises(Invalid, match="words alone"):
        fal_engine("fal-ai/hunyuan-video").generate(request, tmp_path / "film.mp4", KeptControl())
    assert fal.calls == []


def test_a_lost_request_is_not_taken_for_one_with_another_picture(
    fal: FalServer, fal_engine: FalEngine, tmp_path: Path
) -> None:
    (tmp_path / "view").write_bytes(painted_png(400, 100))
    (tmp_path / "other").write_bytes(painted_png(400, 100))
    # fal lists where it has laid each picture, so that nobody can say which of the two is ours.
    fal.laid = "https://v3.fal.media/files/view.jpg"
    other = replace(REQUEST, pictures=(tmp_path / "other",))
    fal_engine().generate(other, tmp_path / "other.mp4", KeptControl())
    fal.submits = ["taken, then silence"]
    request = replace(REQUEST, pictures=(tmp_path / "view",))
    with pytest.raises(FalRequestLost, match="not asked for a second time"):
        fal_engine().generate(request, tmp_path / "film.mp4", KeptControl())
    assert fal.taken == 2
