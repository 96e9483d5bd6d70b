from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from tests.pipelines.rendering.bench import Bench, ass, ffmpeg

from surtitle.config import RenderingSettings
from surtitle.pipelines.rendering.errors import NoFrameThere, NoPicture
from surtitle.pipelines.rendering.picture import extract_frame

LATE = ass("HELLO").replace("0:00:00.00", "0:00:02.00")


def brightness(path: Path) -> npt.NDArray[np.uint8]:
    with av.open(str(path)) as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="gray"), dtype=np.uint8)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
async def test_a_preview_has_the_captions_of_its_moment(
    bench: Bench, settings: RenderingSettings, suffix: str
) -> None:
    source = bench.clip(seconds=3)
    before, after = bench.folder / f"before.{suffix}", bench.folder / f"after.{suffix}"
    await extract_frame(source, 1.9, before, settings=settings, ass=LATE)
    await extract_frame(source, 2.1, after, settings=settings, ass=LATE)
    assert brightness(before).max() < 50
    assert (brightness(after) > 200).sum() > 500


async def test_a_preview_is_small_upright_and_square(bench: Bench, settings: RenderingSettings) -> None:
    oblong = bench.clip("oblong.mp4", size="160x180", extra=("-vf", "setsar=2"))
    turned, output = bench.folder / "turned.mp4", bench.folder / "frame.png"
    ffmpeg("-display_rotation", "90", "-i", str(oblong), "-c", "copy", str(turned))
    await extract_frame(turned, 0, output, settings=settings, max_width=90)
    assert brightness(output).shape == (160, 90)


async def test_the_last_picture_stands_to_the_end(bench: Bench, settings: RenderingSettings) -> None:
    source, output = bench.clip(), bench.folder / "frame.png"
    await extract_frame(source, 0.999, output, settings=settings, ass=ass("HELLO"))
    assert (brightness(output) > 200).sum() > 500


@pytest.mark.parametrize("at_seconds", [-1.0, 60.0])
async def test_a_moment_outside_the_video_is_refused(
    bench: Bench, settings: RenderingSettings, at_seconds: float
) -> None:
    with pytest.raises(NoFrameThere):
        await extract_frame(bench.clip(), at_seconds, bench.folder / "frame.jpg", settings=settings)
    assert not (bench.folder / "frame.jpg").exists()


async def test_sound_has_no_preview(bench: Bench, settings: RenderingSettings) -> None:
    source = bench.clip("memo.m4a", extra=("-vn",))
    with pytest.raises(NoPicture):
        await extract_frame(source, 0, bench.folder / "frame.jpg", settings=settings)
