import shutil

import pytest
from tests.pipelines.rendering.bench import FFMPEG, Bench

from surtitle.config import RenderingSettings
from surtitle.errors import Unavailable
from surtitle.pipelines.rendering.ffmpeg import Encoder, choose_encoder, find_ffmpeg
from surtitle.pipelines.rendering.fonts import fonts_directory

# A program that answers as an ffmpeg without libass does.
_BARE = "#!/bin/sh\necho 'ffmpeg version 9 Copyright'\n"

has_gpu = shutil.which("nvidia-smi") is not None


async def test_the_installed_ffmpeg_draws_captions_and_is_asked_once(settings: RenderingSettings) -> None:
    build = await find_ffmpeg(settings)
    assert {"ass", "zscale"} <= build.filters
    assert "libx264" in build.encoders
    assert build.version != "unknown"
    assert await find_ffmpeg(settings) is build


async def test_a_configured_ffmpeg_is_used(bench: Bench) -> None:
    link = bench.folder / "my ffmpeg"
    link.symlink_to(FFMPEG)
    assert (await find_ffmpeg(RenderingSettings(ffmpeg=link))).path == link


async def test_a_configured_ffmpeg_that_is_not_there_is_named(bench: Bench) -> None:
    with pytest.raises(Unavailable, match=r"SURTITLE_RENDERING__FFMPEG names .*nothing"):
        await find_ffmpeg(RenderingSettings(ffmpeg=bench.folder / "nothing"))


@pytest.mark.parametrize(
    ("content", "message"),
    [(_BARE, "without libass"), ("#!/bin/false\n", "failed"), ("MZ", "does not start")],
)
async def test_an_ffmpeg_that_cannot_do_the_work_is_refused(bench: Bench, content: str, message: str) -> None:
    program = bench.folder / "ffmpeg"
    program.write_text(content)
    program.chmod(0o755)
    with pytest.raises(Unavailable, match=message):
        await find_ffmpeg(RenderingSettings(ffmpeg=program))


@pytest.mark.skipif(has_gpu, reason="this machine has a GPU")
async def test_nvenc_that_is_listed_but_does_not_work_is_not_chosen(settings: RenderingSettings) -> None:
    build = await find_ffmpeg(settings)
    assert await choose_encoder(build, settings) is Encoder.X264
    with pytest.raises(Unavailable, match="NVENC"):
        await choose_encoder(build, RenderingSettings(encoder="h264_nvenc"))


def test_the_fonts_came_with_their_licence() -> None:
    names = {path.name for path in fonts_directory().iterdir()}
    inter = {"Inter-Regular.ttf", "Inter-SemiBold.ttf", "Inter-Bold.ttf", "Inter-OFL.txt"}
    assert names == inter | {"Poppins-SemiBold.ttf", "Poppins-ExtraBold.ttf", "Poppins-OFL.txt"}
    assert "SIL Open Font License" in (fonts_directory() / "Inter-OFL.txt").read_text()
